package dev.poro.engine;

import dev.poro.wal.LogException;
import dev.poro.wal.SharedLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** The files of the log of an open store. */
record SharedFiles(SharedLog log) implements FileSource {
    @Override
    public Map<String, Long> files() {
        return log.lengths();
    }

    @Override
    public byte[] read(String name, long offset, int length) throws IOException {
        try {
            return log.read(name, offset, length);
        } catch (LogException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
