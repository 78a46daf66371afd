package dev.poro.cli;

/** Tells a command that takes long that the user has typed Ctrl-C. */
interface Interrupts {
    /** Where Ctrl-C ends the program, as it does with one that reads a pipe. */
    Interrupts NONE = new Interrupts() {
        @Override
        public void listen(Runnable listener) {}

        @Override
        public void ignore() {}
    };

    /** From now on Ctrl-C calls the listener, on any thread. */
    void listen(Runnable listener);

    /** From now on Ctrl-C is what it is at the prompt. */
    void ignore();
}
