package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A directory with a log that a version of Poro has written, and that stays as it is for ever.
 *
 * <p>{@code -Dporo.golden.write=DIRECTORY} has the tests write into DIRECTORY/NAME what they compare with the golden
 * directory of this name: that of a new version is made so.
 */
final class GoldenLog {
    /** The one segment of the logs that the tests write again. */
    static final String SEGMENT = "0000000001.wal";

    static final long TIME = 1_767_225_600_000L;
    static final long LOG_ID = 0x0123_4567_89AB_CDEFL;
    static final long SALT = 0x5A17_5A17_0BAD_CAFEL;

    private GoldenLog() {}

    static SimulatedStorage load(String directory, List<String> files) throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        for (String file : files) {
            try (InputStream resource = GoldenLog.class.getResourceAsStream(directory + "/" + file)) {
                storage.put(file, resource.readAllBytes());
            }
        }
        return storage;
    }

    /** Makes the segment, of a version of the format, and begins to write it. */
    static SegmentWriter beginSegment(SimulatedStorage storage, int version, boolean mapped) throws IOException {
        SegmentHeader header =
                SegmentHeader.unused(SegmentKind.LOG, version, 1, LOG_ID, SALT, TIME, SegmentDescriptor.MIN_LENGTH);
        byte[] identity = new byte[SegmentDescriptor.MIN_LENGTH];
        header.encodeIdentity().get(identity, 0, SegmentDescriptor.HEADER_LENGTH);
        storage.put(SEGMENT, identity);
        SegmentWriter writer = new SegmentWriter(
                storage.open(SEGMENT),
                header,
                SegmentDescriptor.HEADER_LENGTH,
                mapped,
                new ForceTimer(storage::nanoTime));
        writer.start(1);
        return writer;
    }

    /** Writes files into a directory of this name, if that is asked for: the segment up to its end. */
    static void saveIfAsked(SimulatedStorage storage, String name, List<String> files, int end) throws IOException {
        String target = System.getProperty("poro.golden.write");
        if (target != null) {
            Path directory = Files.createDirectories(Path.of(target, name));
            for (String file : files) {
                byte[] bytes = storage.bytes(file);
                Files.write(directory.resolve(file), file.equals(SEGMENT) ? Arrays.copyOf(bytes, end) : bytes);
            }
        }
    }

    /** Files are as those of the golden directory, which end where their zeros begin. */
    static void requireSame(SimulatedStorage storage, String name, List<String> files) throws IOException {
        SimulatedStorage golden = load(name, files);
        for (String file : files) {
            int length = golden.bytes(file).length;
            assertThat(Arrays.copyOf(storage.bytes(file), length)).as(file).isEqualTo(golden.bytes(file));
        }
    }
}
