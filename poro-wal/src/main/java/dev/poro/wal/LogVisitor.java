package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;

/** Takes a log as opening reads it: perhaps a snapshot, then the records behind it. */
public interface LogVisitor extends RecordVisitor, SnapshotVisitor {
    /** Takes everything and keeps nothing. */
    LogVisitor NONE = new LogVisitor() {
        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {}

        @Override
        public void onBegin(StateSummary summary) {}

        @Override
        public void onEntry(long sequence, RecordFlyweight record) {}

        @Override
        public void onEnd() {}

        @Override
        public void onBroken() {}
    };
}
