export const config: { forms: { mode: string }; drive: { progressBarDelay: number } };
export function visit(location: string): void;
