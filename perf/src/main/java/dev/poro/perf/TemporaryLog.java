package dev.poro.perf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
        try {
            Directories.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
