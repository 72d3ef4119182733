// The payment window.
