package dev.poro.perf.bench;

/** What is going on: one line that is written over in a terminal, a line for each trial elsewhere. */
final class ProgressLine {
    private static final boolean TERMINAL = Boolean.getBoolean("poro.perf.terminal");
    private static final String CLEAR = "\r\u001b[K";

    private final String trial;
    private boolean shown;

    ProgressLine(String trial) {
        this.trial = trial;
    }

    void show(String doing) {
        if (TERMINAL) {
            System.out.print(CLEAR + trial + ": " + doing);
            System.out.flush();
        } else if (!shown) {
            System.out.println(trial);
        }
        shown = true;
    }

    /** Makes room for other output. */
    static void clear() {
        if (TERMINAL) {
            System.out.print(CLEAR);
        }
    }
}
