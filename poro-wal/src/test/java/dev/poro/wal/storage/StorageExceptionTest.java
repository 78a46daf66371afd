package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever call of the file system fails, the message says which, on what, and why. */
class StorageExceptionTest {
    @TempDir
    private Path directory;

    @Test
    void everyCallThatFailsIsNamedWithItsFileAndTheSystemsReason() throws IOException {
        Storage storage = new FileSystemStorage(directory);
        Files.createFile(directory.resolve("there"));
        Storage removed = new FileSystemStorage(directory.resolve("removed"));

        assertMessage(() -> storage.open("gone"), "gone: cannot open: No such file or directory");
        assertMessage(() -> storage.openReadOnly("gone"), "gone: cannot open: No such file or directory");
        assertMessage(() -> storage.create("there"), "there: cannot create: File exists");
        assertMessage(() -> storage.delete("gone"), "gone: cannot delete: No such file or directory");
        assertMessage(() -> storage.rename("there", "there"), "there: cannot rename to there: File exists");
        assertMessage(() -> storage.rename("gone", "to"), "gone: cannot rename to to: No such file or directory");
        assertMessage(removed::list, "removed: cannot list: No such file or directory");
        assertMessage(removed::forceDirectory, "removed: cannot force the directory: No such file or directory");
        assertMessage(() -> storage.replace("gone", "to"), "gone: cannot rename to to: No such file or directory");
    }

    @Test
    void callsOnAClosedFileAreNamedWithTheirOffset() throws IOException {
        StorageFile file = new FileSystemStorage(directory).create("file");
        file.close();

        List.<Body>of(() -> file.read(ByteBuffer.allocate(1), 7), () -> file.write(ByteBuffer.allocateDirect(1), 7))
                .forEach(call -> assertThatExceptionOfType(StorageException.class)
                        .isThrownBy(call::run)
                        .withMessageMatching(".*/file: cannot (read|write) at offset 7: .*ClosedChannelException"));
    }

    @Test
    void whatIsNamedAlreadyIsNotNamedAgain() {
        StorageException named = StorageException.of("file", "force", new ClosedChannelException());

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> StorageException.calling("other", "open", () -> {
                    throw named;
                }))
                .isSameAs(named);
    }

    private interface Body {
        void run() throws IOException;
    }

    private void assertMessage(Body call, String message) {
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(call::run)
                .satisfies(e -> assertThat(e).hasMessage(directory + "/" + message));
    }
}
