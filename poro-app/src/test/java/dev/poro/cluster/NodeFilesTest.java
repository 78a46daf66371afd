package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.engine.FileSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long files are held; what is in them, {@link ClusterJoinTest} says. */
class NodeFilesTest {
    @TempDir
    private Path directory;

    private int closes;
    private long now = 5;

    private NodeFiles files() {
        return new NodeFiles(new LogPurge(directory, null, null), directory, () -> now, new FileSource() {
            @Override
            public Map<String, Long> files() {
                return Map.of("1.wal", 1L);
            }

            @Override
            public byte[] read(String name, long offset, int length) {
                return new byte[] {7};
            }

            @Override
            public void close() {
                closes++;
                throw new UncheckedIOException(new IOException("the disk fails"));
            }
        });
    }

    /** By the thread that does all that a node does unasked: it must go on. */
    @Test
    void filesThatCannotBeClosedStopNobody() {
        NodeFiles files = files();
        now += NodeFiles.MOST_IDLE_NANOS;
        assertThat(files.closeIfIdle()).isFalse();
        now++;
        assertThat(files.closeIfIdle()).isTrue();
        assertThat(closes).isEqualTo(1);
        files.close();
        assertThat(closes).isEqualTo(1);
        assertThatIOException()
                .isThrownBy(() -> files.read("store/1.wal", 0, 1))
                .withMessageContaining("none was read for a minute");
    }

    @Test
    void aCopyThatTakesForEverEnds() throws Exception {
        NodeFiles files = files();
        now += NodeFiles.MOST_HELD_NANOS;
        assertThat(files.read("store/1.wal", 0, 1)).containsExactly(7);
        assertThat(files.closeIfIdle()).isFalse();
        now++;
        assertThat(files.closeIfIdle()).isTrue();
        assertThatIOException().isThrownBy(files::files).withMessageContaining("more than a day");
    }
}
