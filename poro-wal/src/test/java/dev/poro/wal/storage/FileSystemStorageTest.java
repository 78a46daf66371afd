package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FileSystemStorageTest {
    /** EINVAL, in whatever language: what is in memory needs no force, as some file systems on disks do not. */
    @Test
    @Tag("R31")
    void aDirectoryThatHasNoForceNeedsNone() {
        Path inMemory = Path.of("/proc");
        assumeTrue(Files.isDirectory(inMemory.resolve("self")));
        assertThatCode(() -> FileSystemStorage.forceDirectory(inMemory)).doesNotThrowAnyException();
    }

    /** A machine that is not suspended meanwhile has been for as long as before. */
    @Test
    @Tag("R37")
    void theTimeThatTheMachineWasSuspendedIsThatOfTheSystem() {
        Storage storage = new FileSystemStorage(Path.of("."));
        assumeTrue(Files.isReadable(Path.of("/proc/uptime")));
        Thread.currentThread().interrupt();
        long suspended = storage.suspendedNanos();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(suspended).isNotEqualTo(Storage.UNKNOWN);
        assertThat(storage.suspendedNanos() - suspended).isLessThan(TimeUnit.HOURS.toNanos(1));
    }

    @Test
    @Tag("R18")
    void anyOtherFailureToForceADirectoryIsOne() {
        assertThatIOException()
                .isThrownBy(() -> FileSystemStorage.forceDirectory(Path.of("/no/such/directory")))
                .withMessageContaining("cannot force the directory");
    }
}
