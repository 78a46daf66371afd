package dev.poro.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code ~/.poro_history}: the lines typed at the prompt. They contain values, so only their owner may read them. */
final class HistoryFile {
    private static final String NAME = ".poro_history";

    /** In bytes; more than the lines that the line editor keeps. */
    private static final long MAX_LENGTH = 64 << 20;

    /** The time in milliseconds, and the typed line. */
    private static final String ENTRY = "(?s)[0-9]{1,18}:.*";

    private HistoryFile() {}

    /** The file, created if necessary; empty if there is no home directory to write to. */
    static Optional<Path> prepare() {
        try {
            Path file = home().resolve(NAME);
            if (Files.notExists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            if (!Files.isRegularFile(file) || !Files.isWritable(file)) {
                return Optional.empty();
            }
            if (Files.size(file) > MAX_LENGTH) {
                return Optional.empty();
            }
            mend(file.toRealPath());
            return Optional.of(file);
        } catch (IOException | UnsupportedOperationException | SecurityException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Removes what the line editor cannot read. It would drop all other lines because of it. */
    static void mend(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.UTF_8);
        String readable = text.lines()
                .filter(line -> line.matches(ENTRY))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
        if (!Arrays.equals(readable.getBytes(StandardCharsets.UTF_8), bytes)) {
            Path mended = Files.createTempFile(
                    file.getParent(),
                    NAME,
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(mended, readable);
            Files.move(mended, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * The home directory. The environment comes first: Java takes {@code user.home} from the password file, not from
     * HOME.
     */
    private static Path home() {
        String home = System.getenv("HOME");
        return Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home);
    }
}
