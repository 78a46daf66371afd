package dev.poro.engine;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.RewrittenLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A log of which every byte is right, but that ends with a mark which no replay reaches. */
final class DivergingLog {
    private DivergingLog() {}

    /**
     * Writes a budget, a set, and the mark after sequence 2.
     *
     * @param elsewhere a log directory that is not touched
     */
    static void write(Path elsewhere, Path target) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64);
        long address = RawMemory.addressOf(buffer);
        RecordFlyweight record = new RecordFlyweight().wrap(address);
        try (RewrittenLog log = RewrittenLog.create(elsewhere, target, 16 << 10, dev.poro.wal.Retention.NONE)) {
            RecordEncoder.encodeMemoryBudget(address, 1 << 20);
            log.append(1, record);
            log.endFrame();
            RecordEncoder.encodeSet(address, new byte[] {'a'}, new byte[] {'1'});
            log.append(2, record);
            log.endFrame();
            RecordEncoder.encodeMark(address, EventType.CLEAN_CLOSE, 2, 0xBAD, 1);
            log.finish(record);
        }
    }
}
