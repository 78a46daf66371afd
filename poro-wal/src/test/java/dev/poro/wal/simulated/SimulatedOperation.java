package dev.poro.wal.simulated;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.util.Locale;

/**
 * One operation on a {@link SimulatedStorage}. Its text is made only when somebody reads it:
 *
 * <pre>
 *   list            create F        open F          openReadOnly F     rename F G      delete F       forceDirectory
 *   length F        read F 0+128    write F 0+128   force F            map F 16384     close F        pause
 * </pre>
 *
 * @param name of the file, or what a test noted; empty if the operation has none
 * @param target the new name of a renamed file, else empty
 * @param position where a read or write begins
 * @param length of a read, a write or a mapping
 */
public record SimulatedOperation(Kind kind, String name, String target, long position, long length) {
    /** What is done. */
    public enum Kind {
        /** {@link Storage#list}. */
        LIST("list", false),
        /** {@link Storage#create}. */
        CREATE("create", true),
        /** {@link Storage#open}. */
        OPEN("open", false),
        /** {@link Storage#openReadOnly}. */
        OPEN_READ_ONLY("openReadOnly", false),
        /** {@link Storage#rename}. */
        RENAME("rename", true),
        /** {@link Storage#delete}. */
        DELETE("delete", true),
        /** {@link Storage#forceDirectory}. */
        FORCE_DIRECTORY("forceDirectory", true),
        /** {@link StorageFile#length}. */
        LENGTH("length", false),
        /** {@link StorageFile#read}. */
        READ("read", false),
        /** {@link StorageFile#write}. */
        WRITE("write", true),
        /** {@link StorageFile#force}. */
        FORCE("force", true),
        /** {@link StorageFile#map}. */
        MAP("map", false),
        /** {@link StorageFile#close}. */
        CLOSE("close", false),
        /** {@link Storage#pause}. */
        PAUSE("pause", false),
        /** Nothing: a remark of the test. */
        NOTE("", false);

        private final String text;
        private final boolean isChange;

        Kind(String text, boolean isChange) {
            this.text = text;
            this.isChange = isChange;
        }

        /** Whether it changes what is on the disk, or what of it survives a power cut. */
        public boolean isChange() {
            return isChange;
        }
    }

    static SimulatedOperation of(Kind kind) {
        return new SimulatedOperation(kind, "", "", 0, 0);
    }

    static SimulatedOperation of(Kind kind, String name) {
        return new SimulatedOperation(kind, name, "", 0, 0);
    }

    /** What could not be done if it fails, as a {@link StorageException} says it. */
    String call() {
        switch (kind) {
            case OPEN_READ_ONLY:
                return "open";
            case RENAME:
                return "rename to " + target;
            case FORCE_DIRECTORY:
                return "force the directory";
            case LENGTH:
                return "tell the length";
            case READ:
            case WRITE:
                return kind.text + " at offset " + position;
            default:
                return kind.text;
        }
    }

    @Override
    public String toString() {
        switch (kind) {
            case LIST:
            case FORCE_DIRECTORY:
            case PAUSE:
                return kind.text;
            case RENAME:
                return kind.text + " " + name + " " + target;
            case READ:
            case WRITE:
                return String.format(Locale.ROOT, "%s %s %d+%d", kind.text, name, position, length);
            case MAP:
                return kind.text + " " + name + " " + length;
            case NOTE:
                return name;
            default:
                return kind.text + " " + name;
        }
    }
}
