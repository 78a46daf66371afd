package dev.poro.cli;

import dev.poro.engine.BackupReport;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.events.Limits;
import java.io.IOException;
import java.nio.file.Path;

/** What the commands of the prompt act on: a store, or its contents at one moment. */
interface ShellStore {
    byte[] get(byte[] key);

    void set(byte[] key, byte[] value);

    boolean delete(byte[] key);

    long snapshot();

    BackupReport backup(Path directory, Progress progress);

    /** Whether all commands but GET, INFO, HELP and QUIT are refused, and the methods for them not called. */
    boolean isReadOnly();

    /** Bytes. */
    int maxValueLength();

    void replyInfo(ReplyStream replies) throws IOException;

    static ShellStore of(Poro poro) {
        return new Writable(poro);
    }

    static ShellStore of(ReadOnlyStore contents) {
        return new ReadOnly(contents);
    }

    /** A store that is open. */
    record Writable(Poro poro) implements ShellStore {
        @Override
        public byte[] get(byte[] key) {
            return poro.get(key);
        }

        @Override
        public void set(byte[] key, byte[] value) {
            poro.set(key, value);
        }

        @Override
        public boolean delete(byte[] key) {
            return poro.delete(key);
        }

        @Override
        public long snapshot() {
            return poro.snapshot();
        }

        @Override
        public BackupReport backup(Path directory, Progress progress) {
            return poro.backup(directory, progress);
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public int maxValueLength() {
            return poro.maxValueLength();
        }

        @Override
        public void replyInfo(ReplyStream replies) throws IOException {
            new Info(replies).reply(poro, System.currentTimeMillis());
        }
    }

    /** Contents that are only looked at. */
    record ReadOnly(ReadOnlyStore contents) implements ShellStore {
        @Override
        public byte[] get(byte[] key) {
            return contents.get(key);
        }

        @Override
        public void set(byte[] key, byte[] value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean delete(byte[] key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long snapshot() {
            throw new UnsupportedOperationException();
        }

        @Override
        public BackupReport backup(Path directory, Progress progress) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public int maxValueLength() {
            return Limits.DEFAULT_MAX_VALUE_LENGTH;
        }

        @Override
        public void replyInfo(ReplyStream replies) throws IOException {
            new Info(replies).reply(contents);
        }
    }
}
