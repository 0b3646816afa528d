// What was typed into a field for a date stays there for the school to answer: the picker would make it "now" where it cannot read it.
/** @type {any} */ (window).jQuery.fn.datetimepicker.defaults.validateOnBlur = false;
