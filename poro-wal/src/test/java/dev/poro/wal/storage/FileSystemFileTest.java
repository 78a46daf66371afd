package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What others do to a file while it is open.
 *
 * @see DirectExecutorService
 */
@Tag("R18")
class FileSystemFileTest {
    private static final int LENGTH = 4096;

    @TempDir
    private Path directory;

    private Path path;
    private StorageFile file;

    @BeforeEach
    void open() throws IOException {
        path = directory.resolve("file");
        file = new FileSystemStorage(directory).create("file");
        file.write(ByteBuffer.allocateDirect(LENGTH), 0);
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    @Test
    void isIntactAsLongAsNobodyTouchesIt() {
        assertThatCode(() -> file.requireIntact(LENGTH)).doesNotThrowAnyException();
    }

    @Test
    void noticesThatItIsRemoved() throws IOException {
        Files.delete(path);
        assertNotIntact("the file was removed");
    }

    @Test
    void noticesThatAnotherTakesItsPlace() throws IOException {
        Path other = directory.resolve("other");
        Files.copy(path, other);
        Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
        assertNotIntact("the file was replaced by another one");
    }

    @Test
    void noticesThatItIsCut() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(LENGTH - 1);
        }
        assertNotIntact("the file was cut short: it ends at offset 4095 and not at 4096");
    }

    private void assertNotIntact(String message) {
        assertThatIOException()
                .isThrownBy(() -> file.requireIntact(LENGTH))
                .withMessageContaining(path.toString())
                .withMessageContaining(message);
    }
}
