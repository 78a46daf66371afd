package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file without a name can be used, and nothing is left of it. */
class NamelessFileTest {
    @TempDir
    Path directory;

    @Test
    void canBeWrittenAndReadAndIsNotThere() throws IOException {
        Storage storage = new FileSystemStorage(directory);
        try (StorageFile one = NamelessFile.create(storage, 1);
                StorageFile other = NamelessFile.create(storage, 1)) {
            one.write(ByteBuffer.allocateDirect(1).put(0, (byte) 1), 5_000);
            other.write(ByteBuffer.allocateDirect(1).put(0, (byte) 2), 5_000);
            assertThat(directory).isEmptyDirectory();
            assertThat(byteAt(one, 5_000)).isEqualTo((byte) 1);
            assertThat(byteAt(other, 5_000)).isEqualTo((byte) 2);
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void takesThePlaceOfOneThatACrashHasLeft() throws IOException {
        Files.createFile(directory.resolve("spill-3.tmp"));
        NamelessFile.create(new FileSystemStorage(directory), 3).close();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void isNotLeftOpenIfItsNameStays() {
        Storage storage = new ForwardingStorage(new FileSystemStorage(directory)) {
            @Override
            public void delete(String name) throws StorageException {
                throw new StorageException(directory, "no");
            }
        };
        assertThat(catchThrowable(() -> NamelessFile.create(storage, 1))).isInstanceOf(StorageException.class);
    }

    @Test
    void isATemporaryFileForTheNextOpening() throws IOException {
        Files.createFile(directory.resolve("spill-2.tmp"));
        Files.createFile(directory.resolve("spill-.tmp"));
        assertThat(LogFiles.temporaries(new FileSystemStorage(directory))).containsExactly("spill-2.tmp");
    }

    private static byte byteAt(StorageFile file, long position) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        file.read(buffer, position);
        return buffer.get(0);
    }
}
