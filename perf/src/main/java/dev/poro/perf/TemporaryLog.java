package dev.poro.perf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A log directory for one measurement, in the directory that the system property {@code poro.perf.directory} names, by
 * default the working directory: the temporary directory is often no disk.
 */
public final class TemporaryLog implements AutoCloseable {
    private final Path path;

    public TemporaryLog() {
        Path parent = Path.of(System.getProperty("poro.perf.directory", "."));
        try {
            this.path = Files.createTempDirectory(parent, "poro-perf-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
