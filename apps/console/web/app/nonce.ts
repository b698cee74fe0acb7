/** The nonce that the content security policy of this page allows style elements with. The server writes it. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

// Where the libraries behind dialogs look for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });
