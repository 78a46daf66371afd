package dev.poro.cli;

/** Notifies a long-running command of Ctrl-C. */
interface Interrupts {
    /** For a program that reads a pipe: Ctrl-C ends it. */
    Interrupts NONE = new Interrupts() {
        @Override
        public void listen(Runnable listener) {}

        @Override
        public void ignore() {}
    };

    /** Makes Ctrl-C call the listener, on any thread. */
    void listen(Runnable listener);

    /** Makes Ctrl-C do what it does at the prompt. */
    void ignore();
}
