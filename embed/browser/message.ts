/** One line above the dashboard, for eyes and for screen readers. */
export class Message {
  readonly #element: HTMLElement;

  constructor(parent: HTMLElement) {
    this.#element = parent.ownerDocument.createElement("div");
    this.#element.className = "homeroom-message";
    this.clear();
    parent.append(this.#element);
  }

  tell(text: string): void {
    this.#show("status", text);
  }

  alert(text: string, retry: { readonly caption: string; readonly act: () => void }): void {
    const button = this.#element.ownerDocument.createElement("button");
    button.type = "button";
    button.textContent = retry.caption;
    button.addEventListener("click", retry.act);
    this.#show("alert", text, button);
  }

  clear(): void {
    this.#element.replaceChildren();
    this.#element.hidden = true;
  }

  #show(role: "status" | "alert", text: string, ...more: HTMLElement[]): void {
    const line = this.#element.ownerDocument.createElement("p");
    line.textContent = text;
    this.#element.setAttribute("role", role);
    this.#element.hidden = false;
    this.#element.replaceChildren(line, ...more);
  }
}
