// Before the first paint: the theme this browser was told to use, else the system's.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be closed; the system's choice stands.
}
