package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R20: zeros are written where they belong, in calls that suit how the file is used. */
@Tag("R20")
class LargePagesTest {
    private static final int MIB = 1 << 20;
    private static final int LENGTH = 5 * MIB + 4096;

    @TempDir
    private Path directory;

    private final List<String> calls = new ArrayList<>();

    @Test
    void fillsEachLargePageByOneCall() throws IOException {
        ZeroFill.writeLargePages(recorded(), 128, LENGTH);
        assertThat(calls).containsExactly(call(128, 2 * MIB), call(2 * MIB, 4 * MIB), call(4 * MIB, LENGTH));
    }

    @Test
    void fillsAPartOfALargePage() throws IOException {
        ZeroFill.writeLargePages(recorded(), 2 * MIB - 8, 2 * MIB + 8);
        assertThat(calls).containsExactly(call(2 * MIB - 8, 2 * MIB), call(2 * MIB, 2 * MIB + 8));
    }

    @Test
    void writesNothingWhereNothingIsToBeZero() throws IOException {
        ZeroFill.writeLargePages(recorded(), LENGTH, LENGTH);
        ZeroFill.write(recorded(), LENGTH, LENGTH);
        assertThat(calls).isEmpty();
    }

    @Test
    void overwritesAllOfItAndNothingElse() throws IOException {
        try (StorageFile file = new FileSystemStorage(directory).create("file")) {
            ByteBuffer ones = ByteBuffer.allocateDirect(LENGTH);
            for (int i = 0; i < LENGTH; i++) {
                ones.put((byte) 1);
            }
            file.write(ones.flip(), 0);
            ZeroFill.writeLargePages(file, 128, LENGTH - 8);
            assertThat(ZeroFill.endOfNonZero(file, 0, 1 << 30)).isEqualTo(LENGTH);
            assertThat(ZeroFill.endOfNonZero(file, 0, LENGTH - 8)).isEqualTo(128);
        }
    }

    private static String call(int from, int to) {
        return from + " to " + to;
    }

    /** Records what is written. */
    private StorageFile recorded() {
        return (StorageFile) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StorageFile.class}, (p, m, args) -> {
                    assertThat(m.getName()).isEqualTo("write");
                    ByteBuffer source = (ByteBuffer) args[0];
                    int from = Math.toIntExact((long) args[1]);
                    calls.add(call(from, from + source.remaining()));
                    return null;
                });
    }
}
