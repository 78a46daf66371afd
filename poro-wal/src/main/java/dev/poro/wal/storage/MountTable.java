package dev.poro.wal.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Finds the type of the file system that holds a directory, in Linux's {@code /proc/self/mountinfo}. Java's own {@link
 * java.nio.file.FileStore} takes the first mount at a place, which a later one may cover, and fails in a changed root.
 */
final class MountTable {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    /** Fields of a line: what comes after these is optional, up to a dash. */
    private static final int DEVICE = 2;

    private static final int MOUNT_POINT = 4;
    private static final int FIRST_OPTIONAL = 6;

    private MountTable() {}

    /** The type in lower case; empty if it is unknown. */
    static String typeAt(Path directory) {
        try {
            Path path = directory.toRealPath();
            if (Files.isReadable(MOUNTS)) {
                long device = (Long) Files.getAttribute(path, "unix:dev", LinkOption.NOFOLLOW_LINKS);
                return typeAt(Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1), bytesOf(path), device);
            }
            return Files.getFileStore(path).type().toLowerCase(Locale.ROOT);
        } catch (IOException | RuntimeException unknown) {
            return "";
        }
    }

    /** The path as bytes, one per character, as the table has it; for file systems with UTF-8 names. */
    private static String bytesOf(Path path) {
        return new String(path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /**
     * The type of the last mount that the path is below and whose device it is on.
     *
     * @param lines of the table
     * @param device as stat gives it
     */
    static String typeAt(List<String> lines, String path, long device) {
        String type = "";
        for (String line : lines) {
            String[] fields = line.split(" ");
            int dash = List.of(fields)
                    .subList(Math.min(FIRST_OPTIONAL, fields.length), fields.length)
                    .indexOf("-");
            boolean isWhole = dash >= 0 && FIRST_OPTIONAL + dash + 1 < fields.length;
            if (isWhole && fields[DEVICE].equals(nameOf(device)) && isBelow(path, unescape(fields[MOUNT_POINT]))) {
                type = fields[FIRST_OPTIONAL + dash + 1].toLowerCase(Locale.ROOT);
            }
        }
        return type;
    }

    private static String nameOf(long device) {
        long major = ((device >>> 8) & 0xFFF) | ((device >>> 32) & 0xFFFF_F000L);
        long minor = (device & 0xFF) | ((device >>> 12) & 0xFFFF_FF00L);
        return major + ":" + minor;
    }

    private static boolean isBelow(String path, String mountPoint) {
        return path.equals(mountPoint) || path.startsWith(mountPoint.equals("/") ? "/" : mountPoint + "/");
    }

    private static String unescape(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
