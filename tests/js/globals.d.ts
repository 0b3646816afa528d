// What the page brings along: Django's JavaScript catalog, and the world an AudioWorklet lives in.
declare function gettext(msgid: string): string;
declare function ngettext(singular: string, plural: string, count: number): string;
declare function interpolate(text: string, values: unknown[], named?: boolean): string;

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare const currentTime: number;
declare const sampleRate: number;
