package dev.poro.wal.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Directories that file systems are mounted on. A rename cannot replace them. */
public final class MountPoints {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final int PATH_FIELD = 4;

    private MountPoints() {}

    /**
     * Whether something is mounted on a directory.
     *
     * @param directory a real path
     */
    public static boolean contain(Path directory) throws IOException {
        if (Files.isReadable(TABLE)) {
            // Bytes, not characters: a path need not be text in any encoding.
            return contain(directory, Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1));
        }
        Path parent = directory.getParent();
        return parent == null || !Files.getFileStore(parent).equals(Files.getFileStore(directory));
    }

    /** @param table the lines of mountinfo, see proc(5) */
    public static boolean contain(Path directory, List<String> table) {
        String path = new String(directory.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return table.stream()
                .map(line -> line.split(" ", -1))
                .anyMatch(fields -> fields.length > PATH_FIELD
                        && unescape(fields[PATH_FIELD]).equals(path));
    }

    /** The kernel writes blanks, tabs, line ends and backslashes as a backslash and three octal digits. */
    private static String unescape(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
