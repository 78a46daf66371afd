package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A log as it was at one moment, for readers that do not own it. A store may meanwhile append, begin segments and
 * delete files; the view does not change. So reading it ends, and finds the same each time.
 *
 * <p>Every file is opened once, when the view is opened. A deleted file can still be read through its handle; in the
 * process of the store, a {@link LogTrimmer.Pin} keeps the files instead. All bytes after the last frame that was
 * complete at that moment read as zeros ({@link WrittenEnd}), unless they are damage.
 *
 * <p>The view is read-only. One thread opens and closes it; any number may read.
 */
final class LogView extends ReadOnlyStorage implements Closeable {
    /** An attempt fails only if a store writes two snapshots, and deletes what they cover, during it. */
    private static final int MAX_ATTEMPTS = 100;

    /** Whether a pin keeps the files, so that no handle needs to stay open. */
    private final boolean pinned;

    private final List<String> listed = new ArrayList<>();
    private final Map<String, ViewedFile> files = new LinkedHashMap<>();

    private LogView(Storage storage, boolean pinned) {
        super(storage);
        this.pinned = pinned;
    }

    /** A step of opening a view. */
    @FunctionalInterface
    interface Moment {
        void come() throws IOException;
    }

    /**
     * A view of all files of a log.
     *
     * @throws IOException if a file cannot be opened or read, or there are more than may be open at once
     */
    static LogView of(Storage storage) throws IOException {
        return of(storage, () -> {});
    }

    /** @param afterSnapshots called when the snapshots are listed and the segments are not */
    static LogView of(Storage storage, Moment afterSnapshots) throws IOException {
        for (int attempt = 1; ; attempt++) {
            LogView view = open(storage, false, afterSnapshots);
            if (view.isConnected() || !view.hasChangedMeanwhile()) {
                return view;
            }
            view.close();
            if (attempt == MAX_ATTEMPTS) {
                throw new LogException(storage.describe("") + ": the store that has the log open releases its files"
                        + " faster than they can be opened here. Try again when it is less busy.");
            }
        }
    }

    /** A view whose files the caller has pinned, and keeps pinned until it is closed. */
    static LogView ofPinned(Storage storage, Moment afterSnapshots) throws IOException {
        return open(storage, true, afterSnapshots);
    }

    /** A view of one segment file. */
    static LogView ofSegment(Storage storage, String name) throws IOException {
        LogView view = new LogView(storage, false);
        return view.opening(() -> {
            view.listed.add(name);
            view.add(name);
            view.findEnd(List.of(name));
        });
    }

    private static LogView open(Storage storage, boolean pinned, Moment afterSnapshots) throws IOException {
        LogView view = new LogView(storage, pinned);
        return view.opening(() -> {
            // The log was forced up to the sequence in the store file before the file was written. Read first, it is
            // never ahead of the segments.
            view.addStoreFile();
            // The log was forced up to each snapshot before the snapshot got its name. Listed before the segments, it
            // is never ahead of them.
            view.addAll(LogFiles.snapshots(storage));
            afterSnapshots.come();
            List<String> others = storage.list();
            others.removeIf(name -> SnapshotDescriptor.isSnapshotName(name) || name.equals(StoreFile.NAME));
            view.listed.addAll(others);
            view.addSegments(LogFiles.segments(others));
            view.findEnd(LogFiles.segments(view.listed));
        });
    }

    private LogView opening(Moment steps) throws IOException {
        try {
            steps.come();
            return this;
        } catch (IOException | RuntimeException | Error e) {
            closeAfter(e);
            throw e;
        }
    }

    private void closeAfter(Throwable failure) {
        try {
            close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Held open even in a pinned view, because the store may replace it. */
    private void addStoreFile() throws IOException {
        if (storage.list().contains(StoreFile.NAME)) {
            files.put(StoreFile.NAME, new ViewedFile(storage.openReadOnly(StoreFile.NAME)));
            listed.add(StoreFile.NAME);
        }
    }

    private void addAll(List<String> snapshots) throws IOException {
        for (String name : snapshots) {
            if (add(name)) {
                listed.add(name);
            }
        }
    }

    /** Newest first: if one was deleted meanwhile, the store is about to delete those before it, too. */
    private void addSegments(List<String> names) throws IOException {
        for (int i = names.size() - 1; i >= 0; i--) {
            if (!add(names.get(i))) {
                listed.removeAll(names.subList(0, i + 1));
                return;
            }
        }
    }

    /** Returns whether the file still exists. */
    private boolean add(String name) throws IOException {
        try {
            files.put(name, new ViewedFile(pinned ? null : storage.openReadOnly(name)));
            return true;
        } catch (StorageException e) {
            if (storage.list().contains(name)) {
                throw e;
            }
            return false;
        }
    }

    /** Finds how far the segments are written: the view ends there. */
    private void findEnd(List<String> segments) throws IOException {
        for (int i = segments.size() - 1; i >= 0; i--) {
            String name = segments.get(i);
            try (StorageFile file = openReadOnly(name)) {
                WrittenEnd end = WrittenEnd.of(file, name, storage);
                files.get(name).end = end.offset();
                if (end.isOfLog()) {
                    return;
                }
            }
        }
    }

    /** Whether the log begins with its first segment, or a snapshot covers what came before. */
    private boolean isConnected() throws IOException {
        List<String> segments = LogFiles.segments(this);
        if (segments.isEmpty() || SegmentDescriptor.numberOf(segments.get(0)) == 1) {
            return !segments.isEmpty();
        }
        long first = Segments.read(this, segments.subList(0, 1)).get(0).firstSequence();
        return LogFiles.snapshots(this).stream()
                .anyMatch(name -> first > 0 && SnapshotDescriptor.sequenceOf(name) >= first - 1);
    }

    /** Whether the log's files have changed since they were listed. */
    private boolean hasChangedMeanwhile() throws IOException {
        List<String> now = storage.list();
        return !now.containsAll(files.keySet())
                || !files.keySet().containsAll(LogFiles.snapshots(now))
                || !files.keySet().containsAll(LogFiles.segments(now));
    }

    @Override
    public List<String> list() {
        return new ArrayList<>(listed);
    }

    @Override
    public StorageFile openReadOnly(String name) throws StorageException {
        ViewedFile viewed = files.get(name);
        if (viewed == null) {
            return storage.openReadOnly(name);
        }
        return viewed.file == null
                ? new BoundedFile(storage.openReadOnly(name), viewed.end, true)
                : new BoundedFile(viewed.file, viewed.end, false);
    }

    /** Closes every file. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (ViewedFile viewed : files.values()) {
            try {
                viewed.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        files.clear();
        listed.clear();
        if (failure != null) {
            throw failure;
        }
    }

    private static final class ViewedFile {
        /** {@code null} if the view is pinned. */
        private final StorageFile file;
        /** From this offset on it reads as zeros. */
        private long end = Long.MAX_VALUE;

        ViewedFile(StorageFile file) {
            this.file = file;
        }

        void close() throws IOException {
            if (file != null) {
                file.close();
            }
        }
    }
}
