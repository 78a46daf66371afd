package dev.poro.wal.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a simulated disk looks like to another process. */
class SimulatedFileSystemTest {
    private final SimulatedStorage log = new SimulatedStorage();
    private int bytes;
    private final SimulatedFileSystem files = new SimulatedFileSystem(log, new Random(1), this::growByOneByte);
    private final FileSystemStorage seen = new FileSystemStorage(files.getPath(SimulatedFileSystem.LOG));

    private void growByOneByte() {
        log.put("file", new byte[++bytes]);
    }

    @Test
    void othersGoOnBeforeEachCall() throws IOException {
        assertThat(seen.list()).containsExactly("file");
        int before = bytes;
        assertThat(Files.size(files.getPath(SimulatedFileSystem.LOG, "file"))).isEqualTo(before + 1);
        assertThat(log.operations()).as("this process has done nothing").isEmpty();
    }

    @Test
    void whatIsOpenIsReadToItsEndThoughItIsReplaced() throws IOException {
        log.put("other", new byte[10_000]);
        try (StorageFile file = seen.openReadOnly("other")) {
            log.remove("other");
            assertThat(file.read(ByteBuffer.allocate(20_000), 0)).isEqualTo(10_000);
        }
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> seen.openReadOnly("other"))
                .withCauseInstanceOf(NoSuchFileException.class);
    }

    @Test
    void theLogCannotBeWritten() {
        log.put("other", new byte[1]);
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> seen.create("new"));
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> seen.open("other"));
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> seen.delete("other"));
    }

    @Test
    void directoriesBesideItCan() throws IOException {
        Path directory = files.getPath("/made.unfinished");
        Files.createDirectory(directory);
        FileSystemStorage storage = new FileSystemStorage(directory);
        try (StorageFile file = storage.create("new")) {
            file.write(ByteBuffer.allocateDirect(300), 0);
            file.force();
        }
        storage.rename("new", "renamed");
        Files.move(directory, files.getPath("/made"));
        assertThat(files.in("/made").bytes("renamed")).hasSize(300);
        assertThat(files.in("/made.unfinished")).isNull();
    }
}
