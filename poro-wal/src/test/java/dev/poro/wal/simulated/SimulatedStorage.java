package dev.poro.wal.simulated;

import dev.poro.wal.simulated.SimulatedOperation.Kind;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A directory in memory that can do everything a real one does to a log at its worst: lose what was not forced, sector
 * by sector and name by name, run out of space, fail, write short, stall. Its clock moves only when told.
 *
 * <p>What a file holds and what of it would survive a power cut are kept apart, and so are the names. Stores into a
 * mapping count as unforced writes. {@link #powerCut} answers with what a disk could look like afterwards:
 *
 * <ul>
 *   <li>A sector is written whole or not at all, and independently of every other. Its length is the world's.
 *   <li>A file has its forced length or its new one; what was never written reads as zeros.
 *   <li>A creation, renaming or deletion of a name is atomic. A file system with a journal keeps those up to some
 *       moment, one without keeps any of them; a change of a name whose own creation was lost is lost, too.
 *   <li>What a failed force should have written, {@link SimulatedDisk} and {@link SimulatedDirectory} say.
 *   <li>What lies where a file has grown and was not written: zeros or, if told, {@link StaleBlocks}.
 * </ul>
 *
 * <p>Every {@link SimulatedOperation} is written down. Thread-safe, like every {@link Storage}.
 */
public final class SimulatedStorage implements Storage {
    /** What a disk writes whole or not at all, unless made otherwise. */
    public static final int SECTOR_LENGTH = 512;

    /** What newer disks, and file systems that write pages, write whole. */
    public static final int PAGE_LENGTH = 4096;

    /** Of a full disk. */
    public static final String NO_SPACE = "No space left on device";

    /** Of a disk of which others have the rest. */
    public static final String NO_QUOTA = "Disk quota exceeded";

    /** Of a file beyond a process's limit. */
    public static final String FILE_TOO_LARGE = "File too large";

    /** Of a process that has as many as it may. */
    public static final String TOO_MANY_FILES = "Too many open files";

    /** Of a mapping for which there are no addresses; in Java's words, whatever the system's language is. */
    public static final String MAP_FAILED = "Map failed";

    /** Of a failing disk. */
    public static final String IO_ERROR = "Input/output error";

    /** Thrown by every operation from the one on that {@link #crashAt} names: the process is dead. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(SimulatedOperation operation) {
            super("the simulated process died before: " + operation, null, false, false);
        }
    }

    private static final String DIRECTORY = "/simulated";

    /** Of a new file, in bytes: the shortest segment fits. */
    private static final int INITIAL_CAPACITY = 16 << 10;

    private static final AtomicLong WORLDS = new AtomicLong();

    private final long seed;
    private final int sectorLength;
    private final Random chance;
    private long worldsMade;
    private final AtomicLong clock = new AtomicLong(1_000_000);
    private final AtomicLong suspendedMillis = new AtomicLong();
    private final AtomicLong monotonicMillis = new AtomicLong();
    private final List<SimulatedOperation> operations = new ArrayList<>();
    private final SimulatedDirectory directory = new SimulatedDirectory();
    private final List<SimulatedFaultCount> faults = new ArrayList<>();

    private final Set<SimulatedFile> open =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    private volatile Consumer<SimulatedOperation> listener;
    private volatile boolean mapsSafely = true;
    private volatile int longestWrite = Integer.MAX_VALUE;
    private volatile SimulatedLanguage language = SimulatedLanguage.ENGLISH;
    private volatile boolean losesNames;
    /** {@code null} if files that grow show zeros. */
    private StaleBlocks stale;

    private long capacity = Long.MAX_VALUE;
    private long changesUntilCrash = Long.MAX_VALUE;
    private boolean crashed;

    /** An empty world, unlike any other. */
    public SimulatedStorage() {
        this(WORLDS.incrementAndGet());
    }

    /** An empty world, whose random numbers are those of other worlds with the same seed. */
    public SimulatedStorage(long seed) {
        this(seed, SECTOR_LENGTH);
    }

    /**
     * Such a world.
     *
     * @param sectorLength what its disk writes whole or not at all: 512 or 4096 bytes
     */
    public SimulatedStorage(long seed, int sectorLength) {
        this.seed = seed;
        this.sectorLength = sectorLength;
        this.chance = randomOf(seed);
    }

    // What tests say about the world.

    /** Lets something go wrong from now on. */
    public synchronized void inject(SimulatedFault fault) {
        faults.add(new SimulatedFaultCount(fault));
    }

    /** Has an operation fail: the {@code nth}, counted from 1 and from now, whose text {@code which} accepts. */
    public void fail(Predicate<String> which, int nth, String message) {
        inject(SimulatedFault.once(operation -> which.test(operation.toString()), nth, message));
    }

    /** Has every operation fail whose text {@code which} accepts, until {@link #heal}. */
    public void failAlways(Predicate<String> which, String message) {
        inject(SimulatedFault.always(operation -> which.test(operation.toString()), message));
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
        disks().forEach(SimulatedDisk::unmap);
        disks().forEach(SimulatedDisk::thaw);
        directory.writeAnew();
        open.clear();
    }

    /** Told the text of every operation before it happens, on its thread: a place to stall it. */
    public void beforeEach(Consumer<String> told) {
        observe(operation -> told.accept(operation.toString()));
    }

    /** Told of every operation before it happens, on its thread. */
    public void observe(Consumer<SimulatedOperation> told) {
        listener = told;
    }

    /** Bytes of all files together, at most. A write beyond fills the disk and fails. */
    public synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** Bytes of all files together. */
    public synchronized long used() {
        long used = 0;
        for (SimulatedDisk disk : directory.names().values()) {
            used += disk.length();
        }
        return used;
    }

    /** Whether logs map their files; they do unless told otherwise. */
    public void mapsSafely(boolean safely) {
        mapsSafely = safely;
    }

    /** Writes come in pieces of so many bytes at most, each an operation of its own: a process may die in between. */
    public void longestWrite(int bytes) {
        longestWrite = bytes;
    }

    int longestWrite() {
        return longestWrite;
    }

    /** In which language failures are told from now on. */
    public void language(SimulatedLanguage spoken) {
        language = spoken;
    }

    /** Whether a force of the directory that fails loses the names that it should have made last. */
    public void losesNames(boolean loses) {
        losesNames = loses;
    }

    /** Has a power cut show old contents of blocks where a file has grown and was not written. */
    public synchronized void showStaleBlocks() {
        stale = new StaleBlocks();
    }

    /** Lets time pass or, if negative, sets the clock back. */
    public void advanceClock(long millis) {
        clock.addAndGet(millis);
        monotonicMillis.addAndGet(Math.max(0, millis));
    }

    /** Sets the clock forward or back by so much. No time passes. */
    public void setClock(long millis) {
        clock.addAndGet(millis);
    }

    /** The machine sleeps: the clock goes on, the monotonic one stands. */
    public void suspend(long millis) {
        clock.addAndGet(millis);
        suspendedMillis.addAndGet(millis);
    }

    /** How much time has passed, whatever the clock says. */
    public long elapsedMillis() {
        return monotonicMillis.get();
    }

    /** The texts of all operations up to now, oldest first. */
    public synchronized List<String> operations() {
        return operations.stream().map(SimulatedOperation::toString).toList();
    }

    /** The number of operations up to now. */
    public synchronized int operationCount() {
        return operations.size();
    }

    /** Forgets the operations up to now. */
    public synchronized void clearOperations() {
        operations.clear();
    }

    /** Writes down something that the test did, between the operations. */
    public synchronized void note(String what) {
        operations.add(SimulatedOperation.of(Kind.NOTE, what));
    }

    // What tests do to the disk.

    /** What a file holds. */
    public synchronized byte[] bytes(String name) {
        return directory.names().get(name).bytes();
    }

    /** Gives a file other contents, or makes one; both survive a power cut. */
    public synchronized void put(String name, byte[] contents) {
        directory.put(name, SimulatedDisk.of(name, sectorLength, contents));
    }

    /** Removes a file for good. */
    public synchronized void remove(String name) {
        directory.remove(name);
    }

    /** Turns one bit of a file round, on the disk and in the cache. */
    public synchronized void flipBit(String name, long bit) {
        directory.names().get(name).flipBit(bit);
    }

    /** The names of the files, sorted. */
    public synchronized List<String> names() {
        return List.copyOf(directory.names().keySet());
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
        directory.names().forEach((name, disk) -> contents.put(name, ByteBuffer.wrap(disk.bytes())));
        return contents;
    }

    /** A disk with the same files, all forced, and no faults. */
    public synchronized SimulatedStorage copy() {
        SimulatedStorage copy = newWorld();
        directory.names().forEach((name, disk) -> copy.directory.put(name, disk.copy()));
        return copy;
    }

    /** The same disk once more, with the same things pending, as after a crash of the process; no faults. */
    public synchronized SimulatedStorage fork() {
        SimulatedStorage fork = newWorld();
        Map<SimulatedDisk, SimulatedDisk> copies = new HashMap<>();
        directory.copyTo(fork.directory, disk -> copies.computeIfAbsent(disk, SimulatedDisk::fork));
        return fork;
    }

    /** The operating system writes some sectors back, on its own account. */
    public synchronized void writeBack(Random random) {
        directory.names().values().forEach(disk -> disk.writeBack(random));
    }

    /** The operating system gives up some pages that a failed force left clean: they read as on the disk. */
    public synchronized void evict(Random random) {
        directory.names().values().forEach(disk -> disk.evict(random));
    }

    /** What a power cut may undo: changes of names in their order, then growth and sectors, file by file. */
    public synchronized List<PendingChange> pending() {
        List<PendingChange> pending = new ArrayList<>();
        for (SimulatedDirectory.Change change : directory.unforced()) {
            pending.add(PendingChange.ofName(change));
        }
        for (SimulatedDisk disk : disks()) {
            disk.addPending(pending);
        }
        return pending;
    }

    /** All files that have a name, or may have one after a power cut. */
    private Collection<SimulatedDisk> disks() {
        if (directory.unforced().isEmpty()) {
            return directory.names().values();
        }
        Set<SimulatedDisk> disks = new LinkedHashSet<>(directory.forcedNames().values());
        directory.unforced().forEach(change -> disks.add(change.disk()));
        return disks;
    }

    /** The disk after a power cut that left these of what is {@link #pending} now. This storage stays as it is. */
    public synchronized SimulatedStorage powerCut(List<PendingChange> pending, BitSet kept) {
        Map<String, SimulatedDisk> names = new TreeMap<>(directory.forcedNames());
        for (int i = 0; i < pending.size() && pending.get(i).isName(); i++) {
            if (kept.get(i)) {
                pending.get(i).change().applyTo(names);
            }
        }
        SimulatedStorage after = newWorld();
        Random random = randomOf(after.seed);
        names.forEach((name, disk) -> after.directory.put(name, disk.afterPowerCut(pending, kept, stale, random)));
        return after;
    }

    /** The disk after a power cut that left something, as the seed says. This storage stays as it is. */
    public synchronized SimulatedStorage powerCut(long seed) {
        List<PendingChange> pending = pending();
        return powerCut(pending, PendingChange.sample(pending, randomOf(seed)));
    }

    /** A generator for small seeds, too: with these alone, the first bits of a {@link Random} hardly differ. */
    public static Random randomOf(long seed) {
        return new Random(seed * 0x9E37_79B9_7F4A_7C15L);
    }

    private SimulatedStorage newWorld() {
        // Not of this world's chance: whoever looks at what might be changes nothing here.
        SimulatedStorage world = new SimulatedStorage(seed * 31 + ++worldsMade, sectorLength);
        world.clock.set(clock.get());
        world.suspendedMillis.set(suspendedMillis.get());
        world.monotonicMillis.set(monotonicMillis.get());
        world.mapsSafely = mapsSafely;
        world.language = language;
        world.losesNames = losesNames;
        if (stale != null) {
            world.stale = new StaleBlocks();
            world.stale.addAllOf(stale);
        }
        return world;
    }

    /** Gives the memory back, for other worlds. Nobody uses this one, or anything that it mapped, any more. */
    public synchronized void release() {
        disks().forEach(SimulatedDisk::release);
        directory.names().values().forEach(SimulatedDisk::release);
    }

    /** A file as others see it, or {@code null}: no operation of this process, and no fault hits it. */
    synchronized SimulatedDisk diskOf(String name) {
        return directory.names().get(name);
    }

    /** Somebody else makes a file. */
    synchronized SimulatedDisk make(String name) {
        SimulatedDisk disk = new SimulatedDisk(name, sectorLength, INITIAL_CAPACITY);
        directory.change(new SimulatedDirectory.Change(null, name, disk));
        return disk;
    }

    // What a log sees.

    @Override
    public List<String> list() throws StorageException {
        begin(SimulatedOperation.of(Kind.LIST));
        List<String> inNoOrder = new ArrayList<>(names());
        Collections.reverse(inNoOrder);
        return inNoOrder;
    }

    @Override
    public StorageFile create(String name) throws StorageException {
        begin(SimulatedOperation.of(Kind.CREATE, name));
        synchronized (this) {
            if (directory.names().containsKey(name)) {
                throw StorageException.of(describe(name), "create", new FileAlreadyExistsException(name));
            }
            return opened(new SimulatedFile(this, name, make(name), true));
        }
    }

    @Override
    public StorageFile open(String name) throws StorageException {
        begin(SimulatedOperation.of(Kind.OPEN, name));
        return opened(new SimulatedFile(this, name, existing(name), true));
    }

    @Override
    public StorageFile openReadOnly(String name) throws StorageException {
        begin(SimulatedOperation.of(Kind.OPEN_READ_ONLY, name));
        return opened(new SimulatedFile(this, name, existing(name), false));
    }

    private StorageFile opened(SimulatedFile file) {
        open.add(file);
        return file;
    }

    void closed(SimulatedFile file) {
        open.remove(file);
    }

    private synchronized SimulatedDisk existing(String name) throws StorageException {
        SimulatedDisk disk = directory.names().get(name);
        if (disk == null) {
            throw StorageException.of(describe(name), "find", new NoSuchFileException(name));
        }
        return disk;
    }

    @Override
    public void rename(String from, String to) throws StorageException {
        begin(new SimulatedOperation(Kind.RENAME, from, to, 0, 0));
        synchronized (this) {
            if (directory.names().containsKey(to)) {
                throw StorageException.of(describe(from), "rename to " + to, new FileAlreadyExistsException(to));
            }
            directory.change(new SimulatedDirectory.Change(from, to, existing(from)));
        }
    }

    @Override
    public void replace(String from, String to) throws StorageException {
        begin(new SimulatedOperation(Kind.RENAME, from, to, 0, 0));
        synchronized (this) {
            directory.change(new SimulatedDirectory.Change(from, to, existing(from)));
        }
    }

    @Override
    public void delete(String name) throws StorageException {
        begin(SimulatedOperation.of(Kind.DELETE, name));
        synchronized (this) {
            SimulatedDisk disk = existing(name);
            if (stale != null) {
                stale.add(disk.bytes());
            }
            directory.change(new SimulatedDirectory.Change(name, null, disk));
        }
    }

    @Override
    public void forceDirectory() throws StorageException {
        SimulatedOperation force = SimulatedOperation.of(Kind.FORCE_DIRECTORY);
        SimulatedFault fault = faultOf(force);
        synchronized (this) {
            if (fault == null) {
                directory.force();
                return;
            }
            if (losesNames) {
                directory.forceFailed();
            }
        }
        throw failureOf(force, fault);
    }

    @Override
    public boolean mapsSafely() {
        return mapsSafely;
    }

    @Override
    public long currentTimeMillis() {
        return clock.get();
    }

    /** Nanoseconds since some moment. */
    @Override
    public long nanoTime() {
        return TimeUnit.MILLISECONDS.toNanos(monotonicMillis.get());
    }

    @Override
    public long suspendedNanos() {
        return TimeUnit.MILLISECONDS.toNanos(suspendedMillis.get());
    }

    @Override
    public synchronized long randomLong() {
        return chance.nextLong();
    }

    @Override
    public void pause() {
        faultOf(SimulatedOperation.of(Kind.PAUSE));
    }

    @Override
    public String describe(String name) {
        return name.isEmpty() ? DIRECTORY : DIRECTORY + "/" + name;
    }

    /** Writes an operation down; fails if it is to fail. */
    void begin(SimulatedOperation operation) throws StorageException {
        SimulatedFault fault = faultOf(operation);
        if (fault != null) {
            throw failureOf(operation, fault);
        }
    }

    StorageException failureOf(SimulatedOperation operation, SimulatedFault fault) {
        return language.failureOf(operation, describe(operation.name()), fault.message());
    }

    /** What a failure is called in the language that is spoken here; {@code null} if none is. */
    String say(String message) {
        return language.say(message);
    }

    /** Writes an operation down; returns how it is to fail, or {@code null}. */
    SimulatedFault faultOf(SimulatedOperation operation) {
        Consumer<SimulatedOperation> told = listener;
        if (told != null) {
            told.accept(operation);
        }
        synchronized (this) {
            if (!crashed && operation.kind().isChange() && changesUntilCrash-- <= 0) {
                crashed = true;
                disks().forEach(SimulatedDisk::freeze);
            }
            if (crashed) {
                throw new Crash(operation);
            }
            operations.add(operation);
            SimulatedFault met = null;
            for (SimulatedFaultCount fault : faults) {
                if (fault.hits(operation)) {
                    advanceClock(fault.fault().stallMillis());
                    met = met == null && fault.fault().message() != null ? fault.fault() : met;
                }
            }
            return met;
        }
    }

    /** Writes as much as there is space for; returns whether that was everything. */
    synchronized boolean write(SimulatedDisk disk, ByteBuffer source, long position) {
        boolean fits = true;
        long growth = position + source.remaining() - disk.length();
        if (growth > 0 && capacity < Long.MAX_VALUE) {
            long free = Math.max(0, capacity - used());
            fits = growth <= free;
            if (!fits) {
                long written = Math.max(0, source.remaining() - (growth - free));
                source.limit(source.position() + (int) written);
            }
        }
        disk.write(source, (int) position);
        return fits;
    }

    /** Texts of operations that begin with any of these. */
    public static Predicate<String> startingWith(String... beginnings) {
        Collection<String> all = List.of(beginnings);
        return operation -> all.stream().anyMatch(operation::startsWith);
    }
}
