package dev.poro.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads a log without opening it: takes no lock, writes nothing. */
public final class LogInspector {
    private LogInspector() {}

    /**
     * Reads a whole log, or one segment of it.
     *
     * @param path a log directory, or a segment file
     * @param visitor takes the records up to the first place that cannot be read on from
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read
     */
    public static RecoveryReport inspect(Path path, RecordVisitor visitor, ReplayProgress progress) throws IOException {
        if (Files.isDirectory(path)) {
            Storage storage = new FileSystemStorage(path);
            List<String> names = Recovery.segmentNames(storage);
            if (names.isEmpty()) {
                throw new LogException(path + " holds no log segment");
            }
            return new Recovery(storage, names, visitor, progress).examine(1, RecoveryMode.TAIL);
        }
        if (!Files.exists(path)) {
            throw new LogException(path + ": no such file or directory");
        }
        Path file = path.toAbsolutePath();
        Storage storage = new FileSystemStorage(file.getParent());
        List<String> names = List.of(file.getFileName().toString());
        return new Recovery(storage, names, visitor, progress).examine(0, RecoveryMode.TAIL);
    }
}
