package dev.poro.cli;

/** The exit statuses of the program. Status 143 (terminated) comes from the JVM. */
final class ExitStatus {
    static final int OK = 0;

    /** A piped command failed, or the store could not be opened; of {@code repair}: a store has the log open. */
    static final int FAILURE = 1;

    /** Of {@code get}: there is no such key. */
    static final int ABSENT = 1;

    /** Of every command: the command line was wrong; standard output is empty then. */
    static final int USAGE = 2;

    /** Of {@code salvage}: the new log is there, but events are lost. */
    static final int SALVAGED_IN_PART = 1;

    /** Of {@code backup}: the backup is there, but a damaged part or an unforced tail was left out. */
    static final int BACKED_UP_IN_PART = 1;

    /** Of {@code restore}: the new log is there, but events that may belong to it were left out. */
    static final int RESTORED_IN_PART = 1;

    /** Of the subcommands that read a log: it ends in a tail that opening would cut off. */
    static final int LOG_UNFORCED_TAIL = 1;

    /** Of the subcommands that read a log: it is damaged, and opening would refuse it. */
    static final int LOG_DAMAGED = 2;

    /** Of the subcommands that read a log: there is none, or it cannot be read. */
    static final int LOG_UNUSABLE = 3;

    /** A failed disk stopped the store: what was not acknowledged may be lost. */
    static final int STORE_FAILED = 4;

    /** The reader of the replies is gone: the status that a shell reports for a program that died of SIGPIPE. */
    static final int BROKEN_PIPE = 128 + 13;

    private ExitStatus() {}
}
