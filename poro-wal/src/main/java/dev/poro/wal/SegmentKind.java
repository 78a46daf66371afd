package dev.poro.wal;

import java.util.regex.Pattern;

/** The kinds of files that are segments: numbered files of a fixed length that hold frames. */
enum SegmentKind {
    /** Of the log: its frames hold events. */
    LOG(SegmentDescriptor.MAGIC, ".wal", "segment", SegmentDescriptor.REPLICA_VERSION),
    /** Of the change log: its frames hold changes, see {@link ChangeDescriptor}. */
    CHANGES(0x48434F50, ".changes", "change file", SegmentDescriptor.FORMAT_VERSION);

    private static final int NAME_DIGITS = 10;

    private final int magic;
    private final String suffix;
    private final String text;
    private final int newestVersion;
    private final Pattern name;

    SegmentKind(int magic, String suffix, String text, int newestVersion) {
        this.magic = magic;
        this.suffix = suffix;
        this.text = text;
        this.newestVersion = newestVersion;
        this.name = Pattern.compile("[0-9]{" + NAME_DIGITS + "}" + Pattern.quote(suffix));
    }

    /** The first four bytes of a file. */
    int magic() {
        return magic;
    }

    /** What such a file is called in messages. */
    String text() {
        return text;
    }

    /** The newest version of the format that is read. */
    int newestVersion() {
        return newestVersion;
    }

    /** The file name for a number, which counts the segments of its kind from 1. */
    String nameOf(long number) {
        return NumberedName.of(number, NAME_DIGITS, suffix);
    }

    boolean isName(String file) {
        return name.matcher(file).matches();
    }

    /** Whether this is an unfinished file of this kind. */
    boolean isTemporaryName(String file) {
        String end = SegmentDescriptor.TEMPORARY_SUFFIX;
        return file.endsWith(end) && isName(file.substring(0, file.length() - end.length()));
    }

    long numberOf(String file) {
        return Long.parseLong(file.substring(0, NAME_DIGITS));
    }
}
