package dev.poro.wal;

import java.io.File;

/**
 * The log is damaged at a place where events were, or may have been, acknowledged. Opening it would lose them silently,
 * so it is refused. Nothing was changed.
 */
public final class LogDamagedException extends LogException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;
    private final long sequence;
    private final String defect;

    /**
     * @param offset bytes from the start of the file
     * @param sequence of the first event that cannot be read; -1 if unknown
     */
    LogDamagedException(String file, long offset, long sequence, String defect) {
        super(file + ": damaged at offset " + offset + (sequence < 0 ? "" : " (sequence " + sequence + ")") + ": "
                + defect + ". Nothing was changed. Restore the file from a copy; 'poro verify " + logOf(file)
                + "' lists every problem, and 'poro salvage " + logOf(file)
                + " NEW' makes a new log of what is intact. To start empty instead, move the directory away.");
        this.file = file;
        this.offset = offset;
        this.sequence = sequence;
        this.defect = defect;
    }

    /** The log directory of a damaged file, as commands take it. */
    public static String logOf(String file) {
        int name = file.lastIndexOf(File.separatorChar);
        return name <= 0 ? "." : file.substring(0, name);
    }

    /** The damaged file. */
    public String file() {
        return file;
    }

    /** Bytes from the start of the file. */
    public long offset() {
        return offset;
    }

    /** Of the first event that cannot be read; -1 if unknown. */
    public long sequence() {
        return sequence;
    }

    /** What is wrong, without place and remedy. */
    public String defect() {
        return defect;
    }
}
