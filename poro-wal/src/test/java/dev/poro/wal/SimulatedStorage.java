package dev.poro.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A directory in memory that can do everything a real one does to a log at its worst: lose what was not forced, sector
 * by sector and name by name, run out of space, fail, stall. Its clock moves only when told.
 *
 * <p>What a file holds and what of it would survive a power cut are kept apart, and so are the names. Stores into a
 * mapping count as unforced writes. {@link #powerCut} answers with what a disk could look like afterwards.
 *
 * <p>Every operation is written down, as its name, the file's and what else there is:
 *
 * <pre>
 *   list            create F        open F          openReadOnly F     rename F G      delete F       forceDirectory
 *   length F        read F 0+128    write F 0+128   force F            map F 16384     close F
 * </pre>
 *
 * <p>Thread-safe, like every {@link Storage}.
 */
public final class SimulatedStorage implements Storage {
    /** What a disk writes whole or not at all. */
    public static final int SECTOR_LENGTH = 512;

    /** Of a full disk. */
    public static final String NO_SPACE = "No space left on device";

    /** Of a failing one. */
    public static final String IO_ERROR = "Input/output error";

    /** Thrown by every operation from the one on that {@link #crashAt} names: the process is dead. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String operation) {
            super("the simulated process died before: " + operation);
        }
    }

    private static final AtomicLong WORLDS = new AtomicLong();

    private final AtomicLong clock = new AtomicLong(1_000_000);
    private final Random chance;
    private final List<String> operations = Collections.synchronizedList(new ArrayList<>());

    private final Map<String, SimulatedDisk> files = new TreeMap<>();
    private final Map<String, SimulatedDisk> forcedFiles = new TreeMap<>();
    private final List<Consumer<Map<String, SimulatedDisk>>> unforcedNames = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();

    private final Set<SimulatedFile> open =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    private volatile Consumer<String> hook = operation -> {};
    private volatile boolean mapsSafely = true;
    private long capacity = Long.MAX_VALUE;
    private long changesUntilCrash = Long.MAX_VALUE;
    private boolean crashed;

    /** An empty world, unlike any other. */
    public SimulatedStorage() {
        this(WORLDS.incrementAndGet());
    }

    /** An empty world, whose random numbers are those of other worlds with the same seed. */
    public SimulatedStorage(long seed) {
        this.chance = randomOf(seed);
    }

    // What tests say about the world.

    /** Has an operation fail: the {@code nth}, counted from 1 and from now, that {@code which} accepts. */
    public void fail(Predicate<String> which, int nth, String message) {
        addFault(new Fault(which, nth, nth, message));
    }

    /** Has every operation fail that {@code which} accepts, until {@link #heal}. */
    public void failAlways(Predicate<String> which, String message) {
        addFault(new Fault(which, 1, Integer.MAX_VALUE, message));
    }

    private synchronized void addFault(Fault fault) {
        faults.add(fault);
    }

    /** No operation fails any more. */
    public synchronized void heal() {
        faults.clear();
    }

    /** Lets the process die before its {@code nth} change from now on (0 is the next): a {@link Crash}. */
    public synchronized void crashAt(long nth) {
        changesUntilCrash = nth;
    }

    /** Whether the process has died. */
    public synchronized boolean hasCrashed() {
        return crashed;
    }

    /** Starts the machine's next process: nothing is lost that the dead one wrote, forced or not. */
    public synchronized void restart() {
        changesUntilCrash = Long.MAX_VALUE;
        crashed = false;
        files.values().forEach(SimulatedDisk::unmap);
        open.clear();
    }

    /** Told of every operation before it happens, on its thread: a place to stall it. */
    public void beforeEach(Consumer<String> listener) {
        hook = listener;
    }

    /** Bytes of all files together, at most. A write beyond fills the disk and fails. */
    public synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** Bytes of all files together. */
    public synchronized long used() {
        Set<SimulatedDisk> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        distinct.addAll(files.values());
        return distinct.stream().mapToLong(SimulatedDisk::length).sum();
    }

    /** Whether logs map their files; they do unless told otherwise. */
    public void mapsSafely(boolean safely) {
        mapsSafely = safely;
    }

    /** Moves the clock, also backwards. */
    public void advanceClock(long millis) {
        clock.addAndGet(millis);
    }

    /** All operations up to now, oldest first. */
    public List<String> operations() {
        synchronized (operations) {
            return List.copyOf(operations);
        }
    }

    /** Forgets the operations up to now. */
    public void clearOperations() {
        operations.clear();
    }

    /** Writes down something that the test did, between the operations. */
    public void note(String what) {
        operations.add(what);
    }

    // What tests do to the disk.

    /** What a file holds. */
    public synchronized byte[] bytes(String name) {
        return files.get(name).bytes();
    }

    /** Gives a file other contents, or makes one; both survive a power cut. */
    public synchronized void put(String name, byte[] contents) {
        SimulatedDisk file = new SimulatedDisk();
        file.write(ByteBuffer.wrap(contents), 0);
        file.force();
        files.put(name, file);
        forcedFiles.put(name, file);
    }

    /** Removes a file for good. */
    public synchronized void remove(String name) {
        files.remove(name);
        forcedFiles.remove(name);
    }

    /** Turns one bit of a file round. */
    public synchronized void flipBit(String name, long bit) {
        files.get(name).flipBit(bit);
    }

    /** The names of the files. */
    public synchronized List<String> names() {
        return List.copyOf(files.keySet());
    }

    /** The names under which files were opened that are not closed. */
    public List<String> openFiles() {
        synchronized (open) {
            return open.stream().map(SimulatedFile::name).toList();
        }
    }

    /** What every file holds, to compare. */
    public synchronized Map<String, ByteBuffer> contents() {
        Map<String, ByteBuffer> contents = new TreeMap<>();
        files.forEach((name, file) -> contents.put(name, ByteBuffer.wrap(file.bytes())));
        return contents;
    }

    /** A disk with the same files, all forced, and no faults. */
    public synchronized SimulatedStorage copy() {
        SimulatedStorage copy = newWorld();
        files.forEach((name, file) -> copy.put(name, file.bytes()));
        return copy;
    }

    /** The operating system writes some sectors back, on its own account. */
    public synchronized void writeBack(Random random) {
        files.values().forEach(file -> file.forceSome(random));
    }

    /**
     * The disk after a power cut: every unforced sector is the new or the old one, every unforced creation, renaming
     * and deletion of a name has happened or not (either any of them, or those up to some moment, as a file system
     * with a journal has it). This storage stays as it is.
     */
    public synchronized SimulatedStorage powerCut(long seed) {
        Random random = randomOf(seed);
        Map<String, SimulatedDisk> names = new TreeMap<>(forcedFiles);
        boolean inOrder = random.nextBoolean();
        int kept = random.nextInt(unforcedNames.size() + 1);
        for (int i = 0; i < unforcedNames.size(); i++) {
            if (inOrder ? i < kept : random.nextBoolean()) {
                unforcedNames.get(i).accept(names);
            }
        }
        SimulatedStorage after = newWorld();
        names.forEach((name, file) -> after.put(name, file.afterPowerCut(random)));
        return after;
    }

    /** A generator for small seeds, too: with these alone, the first bits of a {@link Random} hardly differ. */
    public static Random randomOf(long seed) {
        return new Random(seed * 0x9E37_79B9_7F4A_7C15L);
    }

    private SimulatedStorage newWorld() {
        SimulatedStorage world = new SimulatedStorage(chance.nextLong());
        world.clock.set(clock.get());
        world.mapsSafely = mapsSafely;
        return world;
    }

    // What a log sees.

    @Override
    public List<String> list() throws IOException {
        begin("list", false);
        return names();
    }

    @Override
    public StorageFile create(String name) throws IOException {
        begin("create " + name, true);
        synchronized (this) {
            if (files.containsKey(name)) {
                throw new FileAlreadyExistsException(name);
            }
            SimulatedDisk file = new SimulatedDisk();
            changeNames(names -> names.put(name, file));
            return opened(new SimulatedFile(this, name, file, true));
        }
    }

    @Override
    public StorageFile open(String name) throws IOException {
        begin("open " + name, false);
        return opened(new SimulatedFile(this, name, existing(name), true));
    }

    @Override
    public StorageFile openReadOnly(String name) throws IOException {
        begin("openReadOnly " + name, false);
        return opened(new SimulatedFile(this, name, existing(name), false));
    }

    private StorageFile opened(SimulatedFile file) {
        open.add(file);
        return file;
    }

    void closed(SimulatedFile file) {
        open.remove(file);
    }

    private synchronized SimulatedDisk existing(String name) throws IOException {
        SimulatedDisk file = files.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return file;
    }

    @Override
    public void rename(String from, String to) throws IOException {
        begin("rename " + from + " " + to, true);
        synchronized (this) {
            SimulatedDisk file = existing(from);
            if (files.containsKey(to)) {
                throw new FileAlreadyExistsException(to);
            }
            changeNames(names -> {
                if (names.remove(from, file)) {
                    names.put(to, file);
                }
            });
        }
    }

    @Override
    public void delete(String name) throws IOException {
        begin("delete " + name, true);
        synchronized (this) {
            SimulatedDisk file = existing(name);
            changeNames(names -> names.remove(name, file));
        }
    }

    private void changeNames(Consumer<Map<String, SimulatedDisk>> change) {
        change.accept(files);
        unforcedNames.add(change);
    }

    @Override
    public void forceDirectory() throws IOException {
        begin("forceDirectory", true);
        synchronized (this) {
            forcedFiles.clear();
            forcedFiles.putAll(files);
            unforcedNames.clear();
        }
    }

    @Override
    public boolean mapsSafely() {
        return mapsSafely;
    }

    @Override
    public long currentTimeMillis() {
        return clock.get();
    }

    @Override
    public synchronized long randomLong() {
        return chance.nextLong();
    }

    @Override
    public String describe(String name) {
        return "/simulated/" + name;
    }

    /** Writes an operation down; fails if it is to fail. */
    void begin(String operation, boolean isChange) throws IOException {
        hook.accept(operation);
        synchronized (this) {
            crashed |= isChange && changesUntilCrash-- <= 0;
            if (crashed) {
                throw new Crash(operation);
            }
            operations.add(operation);
            for (Fault fault : faults) {
                fault.check(operation);
            }
        }
    }

    /** Writes as much as there is space for. */
    synchronized void write(SimulatedDisk file, ByteBuffer source, long position) throws IOException {
        long growth = position + source.remaining() - file.length();
        long free = capacity - used();
        boolean fits = growth <= Math.max(0, free);
        if (!fits) {
            long written = Math.max(0, source.remaining() - (growth - Math.max(0, free)));
            source.limit(source.position() + (int) written);
        }
        file.write(source, (int) position);
        if (!fits) {
            throw new IOException(NO_SPACE);
        }
    }

    /** Names matching any of these beginnings of operations. */
    public static Predicate<String> startingWith(String... beginnings) {
        Collection<String> all = List.of(beginnings);
        return operation -> all.stream().anyMatch(operation::startsWith);
    }

    private static final class Fault {
        private final Predicate<String> which;
        private final int first;
        private final int last;
        private final String message;
        private int met;

        Fault(Predicate<String> which, int first, int last, String message) {
            this.which = which;
            this.first = first;
            this.last = last;
            this.message = message;
        }

        void check(String operation) throws IOException {
            if (which.test(operation)) {
                met++;
                if (met >= first && met <= last) {
                    throw new IOException(message);
                }
            }
        }
    }
}
