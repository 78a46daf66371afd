package dev.poro.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Standard input, output and error, of which the caller may have closed some. Java opens its own files first, and those
 * get the numbers of the closed streams: {@code poro <&-} would read the class library as commands. The launcher
 * prevents that; this class does so if Java is started without it, on Linux.
 */
final class StandardStreams {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path NOTHING = Path.of("/dev/null");
    private static final int ERROR = 2;

    /** Kept open, so that no file of a store gets the number of a closed stream. */
    private static final List<InputStream> PLACEHOLDERS = new ArrayList<>();

    private StandardStreams() {}

    /** Occupies the numbers of closed streams, before a file of a store gets one of them. */
    static void reserve() {
        try {
            for (int number = 0; number <= ERROR && Files.isDirectory(DESCRIPTORS); number++) {
                if (!Files.exists(DESCRIPTORS.resolve(Integer.toString(number)), LinkOption.NOFOLLOW_LINKS)) {
                    PLACEHOLDERS.add(new FileInputStream(NOTHING.toFile()));
                }
            }
        } catch (IOException e) {
            // No /dev/null: nothing can be done.
        }
    }

    /** Standard input; empty if it was closed. */
    static InputStream input() {
        return isOfJava(DESCRIPTORS.resolve("0"))
                ? InputStream.nullInputStream()
                : new FileInputStream(FileDescriptor.in);
    }

    /** Whether a link points to a file that Java has opened for itself: of its home, of the class path, an archive. */
    static boolean isOfJava(Path link) {
        try {
            Path file = Files.readSymbolicLink(link);
            if (!Files.isRegularFile(file)) {
                return false;
            }
            return file.startsWith(Path.of(System.getProperty("java.home")).toRealPath())
                    || file.toString().endsWith(".jsa")
                    || file.equals(
                            Path.of(System.getProperty("java.class.path")).toRealPath());
        } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
            return false;
        }
    }
}
