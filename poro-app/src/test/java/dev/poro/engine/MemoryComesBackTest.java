package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.Sequence;
import dev.poro.events.EventRing;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.core.UnsafeMemory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** What a store takes comes back when it is closed, the host program going on. */
@Tag("R39")
class MemoryComesBackTest {
    private static final int VALUES = 32;
    private static final int VALUE_LENGTH = 1 << 20;
    private static final int OPENINGS = 6;
    private static final long STORE_LENGTH = (long) VALUES * VALUE_LENGTH;

    @TempDir
    Path directory;

    /** Nothing here makes the collector run, which would hide that the memory is still there. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void staysTheSameHoweverOftenAStoreIsOpened() throws IOException {
        try (Poro poro = open()) {
            for (int number = 0; number < VALUES; number++) {
                poro.set(key(number), new byte[VALUE_LENGTH]);
            }
            poro.snapshot();
        }
        byte[] target = new byte[VALUE_LENGTH];
        long before = residentBytes();
        for (int opening = 0; opening < OPENINGS; opening++) {
            try (Poro poro = open()) {
                assertThat(poro.get(key(opening), target, 0)).isEqualTo(VALUE_LENGTH);
            }
        }
        assertThat(residentBytes() - before).isLessThan(3 * STORE_LENGTH);
    }

    private Poro open() {
        return Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(2 * STORE_LENGTH)
                .open();
    }

    private static byte[] key(int number) {
        return new byte[] {(byte) number};
    }

    /** The second figure of statm, in pages. */
    private static long residentBytes() throws IOException {
        String[] figures = Files.readString(Path.of("/proc/self/statm")).split(" ", 3);
        return Long.parseLong(figures[1]) * 4096;
    }

    /** Soft references go at the first collection, so that what the JDK merely remembers does not count. */
    @Test
    void letsItsClassLoaderGo() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                placeOf(OwnLoaderMain.class),
                OwnLoaderMain.class.getName(),
                directory.resolve("own.wal").toString()));
        Stream.of(
                        Poro.class,
                        StateMachine.class,
                        WriteAheadLog.class,
                        EventRing.class,
                        Sequence.class,
                        BytesStore.class,
                        UnsafeMemory.class,
                        Logger.class)
                .map(MemoryComesBackTest::placeOf)
                .forEach(command::add);

        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();

        assertThat(process.waitFor())
                .as(() -> textOf(directory.resolve("output")))
                .isZero();
    }

    private static String placeOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String textOf(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
