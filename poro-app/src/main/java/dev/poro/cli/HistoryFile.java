package dev.poro.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** {@code ~/.poro_history}: the lines typed at the prompt. They contain values, so only their owner may read them. */
final class HistoryFile {
    private static final String NAME = ".poro_history";

    private HistoryFile() {}

    /** The file, made if need be; empty where there is no home to write to: a prompt can do without. */
    static Optional<Path> prepare() {
        try {
            Path file = home().resolve(NAME);
            if (Files.notExists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            return Files.isRegularFile(file) && Files.isWritable(file) ? Optional.of(file) : Optional.empty();
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            return Optional.empty();
        }
    }

    /** The environment comes first: Java takes {@code user.home} from the password file, not from HOME. */
    private static Path home() {
        String home = System.getenv("HOME");
        return Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home);
    }
}
