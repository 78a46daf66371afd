package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** The semantics of {@link StateMachine}, written for obviousness over a {@link HashMap}. */
public final class NaiveStateMachine implements StateMachineUnderTest {
    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);
    private static final Set<Outcome> REJECTIONS = Set.of(Outcome.NOT_A_NUMBER, Outcome.OVERFLOW, Outcome.TOO_LONG);
    private static final Set<Outcome> ACCEPTED =
            Set.of(Outcome.CREATED, Outcome.REPLACED, Outcome.DELETED, Outcome.ABSENT, Outcome.ACCEPTED);
    private static final long NEVER = NewEntry.NO_EXPIRY;

    private final int mostClients;
    private Map<Key, Entry> entries = new HashMap<>();
    private Map<Long, Client> clients = new HashMap<>();
    private long appliedSequence;
    private long budget;
    private boolean complete;
    private long number;

    /** With as many clients as a store has. */
    public NaiveStateMachine() {
        this(Clients.MOST);
    }

    NaiveStateMachine(int mostClients) {
        this.mostClients = mostClients;
    }

    @Override
    public Outcome apply(long sequence, long time, RecordFlyweight record) {
        if (appliedSequence != 0 && sequence != appliedSequence + 1) {
            throw new StateMachineException("out of order");
        }
        complete |= sequence == 1;
        number = 0;
        Outcome outcome = outcome(sequence, Math.max(0, time), record);
        appliedSequence = sequence;
        return outcome;
    }

    @Override
    public long outcomeNumber() {
        return number;
    }

    private Outcome outcome(long sequence, long time, RecordFlyweight record) {
        return RecordFlags.hasToken(record.flags()) ? once(sequence, time, record) : inAnyCase(sequence, time, record);
    }

    /** The token is looked at first. What is rejected is not remembered. */
    private Outcome once(long sequence, long time, RecordFlyweight record) {
        Client known = clients.get(record.tokenClient());
        long last = known == null ? 0 : known.number;
        if (record.tokenNumber() == last) {
            number = known.outcomeNumber;
            return known.outcome;
        }
        number = last;
        if (record.tokenNumber() < last) {
            return Outcome.FORGOTTEN;
        }
        if (record.tokenNumber() > last + 1) {
            return Outcome.OUT_OF_TURN;
        }
        number = 0;
        Map<Long, Client> before = new HashMap<>(clients);
        Outcome outcome = admit(() -> {
            Outcome first = inAnyCase(sequence, time, record);
            boolean isOfNothing = record.type() == EventType.EXPIRE_AT && first == Outcome.ABSENT;
            if (ACCEPTED.contains(first) && !isOfNothing) {
                if (known == null && clients.size() == mostClients) {
                    clients.values().remove(oldestClient());
                }
                clients.put(record.tokenClient(), new Client(record, sequence, first, number));
            }
            return first;
        });
        if (outcome == Outcome.OUT_OF_MEMORY) {
            clients = before;
            number = record.type() == EventType.BATCH ? -1 : 0;
        }
        return outcome;
    }

    private Client oldestClient() {
        return clients.values().stream()
                .min(Comparator.comparingLong(client -> client.sequence))
                .orElseThrow();
    }

    private Outcome inAnyCase(long sequence, long time, RecordFlyweight record) {
        switch (record.type()) {
            case MEMORY_BUDGET:
                budget = record.memoryBudget();
                return Outcome.ACCEPTED;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                checkMark(record, sequence);
                return Outcome.ACCEPTED;
            case CLEAR:
                number = entries.size();
                entries.clear();
                return Outcome.ACCEPTED;
            case EXPIRE_DUE:
                return expireDue(time, record.most());
            case BATCH:
                return batch(sequence, time, record);
            default:
                return admit(() -> change(sequence, time, record));
        }
    }

    /** Undoes what would make the contents count more, beyond the budget. */
    private Outcome admit(Supplier<Outcome> change) {
        Map<Key, Entry> before = new HashMap<>(entries);
        long used = memoryUsed();
        Outcome outcome = change.get();
        if (memoryUsed() > used && memoryUsed() > budget) {
            entries = before;
            number = 0;
            return Outcome.OUT_OF_MEMORY;
        }
        return outcome;
    }

    private Outcome expireDue(long time, int most) {
        List<Entry> due = entries.values().stream()
                .filter(entry -> !entry.isLive(time))
                .sorted(Comparator.<Entry>comparingLong(entry -> entry.expiry)
                        .thenComparingLong(entry -> entry.sequence)
                        .thenComparing(entry -> entry.key, Arrays::compareUnsigned))
                .limit(most)
                .toList();
        due.forEach(entry -> entries.remove(new Key(entry.key)));
        number = due.size();
        return Outcome.ACCEPTED;
    }

    private Outcome batch(long sequence, long time, RecordFlyweight batch) {
        number = -1;
        if (RecordFlags.guard(batch.flags()) == RecordFlags.IF_SEQUENCE && appliedSequence > batch.guardSequence()) {
            return Outcome.UNMET;
        }
        List<RecordFlyweight> parts = partsOf(batch);
        Set<Key> changed = new HashSet<>();
        for (int index = 0; index < parts.size(); index++) {
            RecordFlyweight part = parts.get(index);
            boolean isRequirement = part.type() == EventType.REQUIRE;
            boolean isChange = !isRequirement && part.type() != EventType.CLEAR;
            if (isRequirement ? !isMet(part, time) : isChange && !changed.add(new Key(part.key()))) {
                number = index;
                return isRequirement ? Outcome.UNMET : Outcome.DUPLICATE;
            }
        }
        Map<Key, Entry> before = new HashMap<>(entries);
        Outcome outcome = admit(() -> changeAll(sequence, time, parts, before));
        if (outcome == Outcome.OUT_OF_MEMORY) {
            number = -1;
        }
        return outcome;
    }

    private static List<RecordFlyweight> partsOf(RecordFlyweight batch) {
        List<RecordFlyweight> parts = new ArrayList<>();
        long end = batch.valueAddress() + batch.valueLength();
        for (long at = batch.valueAddress();
                at < end;
                at += parts.get(parts.size() - 1).length()) {
            parts.add(new RecordFlyweight().wrap(at));
        }
        return parts;
    }

    private Outcome changeAll(long sequence, long time, List<RecordFlyweight> parts, Map<Key, Entry> before) {
        for (int index = 0; index < parts.size(); index++) {
            RecordFlyweight part = parts.get(index);
            if (part.type() == EventType.CLEAR) {
                entries.clear();
            } else if (part.type() != EventType.REQUIRE) {
                Outcome outcome = change(sequence, time, part);
                if (REJECTIONS.contains(outcome)) {
                    entries = new HashMap<>(before);
                    number = index;
                    return outcome;
                }
            }
        }
        number = sequence;
        return Outcome.ACCEPTED;
    }

    private boolean isMet(RecordFlyweight record, long time) {
        Entry live = live(new Key(record.key()), time);
        switch (RecordFlags.guard(record.flags())) {
            case RecordFlags.IF_ABSENT:
                return live == null;
            case RecordFlags.IF_PRESENT:
                return live != null;
            case RecordFlags.IF_SEQUENCE:
                return record.guardSequence() == (live == null ? 0 : live.sequence);
            default:
                return true;
        }
    }

    private Entry live(Key key, long time) {
        Entry entry = entries.get(key);
        return entry != null && entry.isLive(time) ? entry : null;
    }

    private Outcome change(long sequence, long time, RecordFlyweight record) {
        Key key = new Key(record.key());
        Entry live = live(key, time);
        number = live == null ? 0 : live.sequence;
        if (!isMet(record, time)) {
            return Outcome.UNMET;
        }
        switch (record.type()) {
            case SET:
                return put(key, record.value(), sequence, expiryOf(record, live, time), time, sequence);
            case DELETE:
                return entries.remove(key) == null || live == null ? Outcome.ABSENT : Outcome.DELETED;
            case ADD:
                return add(key, live, record.delta(), sequence, time);
            case SPLICE:
                return splice(key, live, record, sequence, time);
            case EXPIRE_AT:
                return expireAt(key, live, record, sequence, time);
            default:
                throw new AssertionError(record.type());
        }
    }

    private static long expiryOf(RecordFlyweight record, Entry live, long time) {
        switch (RecordFlags.expiry(record.flags())) {
            case RecordFlags.KEEP_EXPIRY:
                return live == null ? NEVER : live.expiry;
            case RecordFlags.ABSOLUTE_EXPIRY:
                return record.time();
            case RecordFlags.RELATIVE_EXPIRY:
                return BigInteger.valueOf(time)
                        .add(BigInteger.valueOf(record.time()))
                        .min(MOST)
                        .longValueExact();
            default:
                return NEVER;
        }
    }

    private Outcome put(Key key, byte[] value, long sequence, long expiry, long time, long outcomeNumber) {
        Entry live = live(key, time);
        Entry entry = new Entry(key.bytes, value, sequence, expiry);
        if (!entry.isLive(time)) {
            entries.remove(key);
            return live == null ? Outcome.ABSENT : Outcome.DELETED;
        }
        entries.put(key, entry);
        number = outcomeNumber;
        return live == null ? Outcome.CREATED : Outcome.REPLACED;
    }

    private Outcome add(Key key, Entry live, long delta, long sequence, long time) {
        number = 0;
        String old = live == null ? "0" : new String(live.value, ISO_8859_1);
        if (!old.matches("0|-?[1-9][0-9]*")) {
            return Outcome.NOT_A_NUMBER;
        }
        BigInteger summand = new BigInteger(old);
        if (!isLong(summand)) {
            return Outcome.NOT_A_NUMBER;
        }
        BigInteger sum = summand.add(BigInteger.valueOf(delta));
        if (!isLong(sum)) {
            return Outcome.OVERFLOW;
        }
        byte[] value = sum.toString().getBytes(ISO_8859_1);
        return put(key, value, sequence, live == null ? NEVER : live.expiry, time, sum.longValueExact());
    }

    private static boolean isLong(BigInteger integer) {
        return integer.compareTo(LEAST) >= 0 && integer.compareTo(MOST) <= 0;
    }

    private Outcome splice(Key key, Entry live, RecordFlyweight record, long sequence, long time) {
        byte[] old = live == null ? new byte[0] : live.value;
        byte[] bytes = new byte[record.spliceLength()];
        RawMemory.copy(record.spliceAddress(), bytes, 0, bytes.length);
        if (bytes.length == 0) {
            number = old.length;
            return live == null ? Outcome.ABSENT : Outcome.REPLACED;
        }
        boolean atEnd = record.spliceOffset() == RecordDescriptor.SPLICE_AT_END;
        long offset = atEnd ? old.length : Integer.toUnsignedLong(record.spliceOffset());
        long length = Math.max(old.length, offset + bytes.length);
        if (length > record.spliceLimit()) {
            number = 0;
            return Outcome.TOO_LONG;
        }
        byte[] value = Arrays.copyOf(old, (int) length);
        System.arraycopy(bytes, 0, value, (int) offset, bytes.length);
        return put(key, value, sequence, live == null ? NEVER : live.expiry, time, length);
    }

    private Outcome expireAt(Key key, Entry live, RecordFlyweight record, long sequence, long time) {
        if (live == null) {
            return Outcome.ABSENT;
        }
        long expiry = expiryOf(record, live, time);
        BigInteger before = BigInteger.valueOf(live.expiry == NEVER ? 0 : live.expiry)
                .add(live.expiry == NEVER ? MOST.add(MOST) : BigInteger.ZERO);
        BigInteger after = BigInteger.valueOf(expiry == NEVER ? 0 : expiry)
                .add(expiry == NEVER ? MOST.add(MOST) : BigInteger.ZERO);
        boolean isMet;
        switch (record.condition()) {
            case IF_NONE:
                isMet = live.expiry == NEVER;
                break;
            case IF_SOME:
                isMet = live.expiry != NEVER;
                break;
            case IF_LATER:
                isMet = after.compareTo(before) > 0;
                break;
            case IF_EARLIER:
                isMet = after.compareTo(before) < 0;
                break;
            default:
                isMet = true;
        }
        return isMet ? put(key, live.value, sequence, expiry, time, sequence) : Outcome.UNMET;
    }

    private void checkMark(RecordFlyweight mark, long sequence) {
        boolean agrees =
                mark.markSequence() == sequence - 1 && mark.markDigest() == digest() && mark.markKeys() == keys();
        if (complete && !agrees) {
            throw new StateMachineException("mark");
        }
    }

    @Override
    public byte[] get(byte[] key) {
        Entry entry = entries.get(new Key(key));
        return entry == null ? null : entry.value.clone();
    }

    @Override
    public long sequence(byte[] key) {
        Entry entry = entries.get(new Key(key));
        return entry == null ? 0 : entry.sequence;
    }

    /** The value of a key that has not expired at a time, or {@code null}. */
    public byte[] get(byte[] key, long time) {
        Entry entry = live(new Key(key), time);
        return entry == null ? null : entry.value.clone();
    }

    /** The expiry of a key that is there, if it has one. */
    public OptionalLong expiryOf(byte[] key) {
        long expiry = expiry(key);
        return expiry == NEVER ? OptionalLong.empty() : OptionalLong.of(expiry);
    }

    /** What the outcome of an event would be; changes nothing. */
    public Outcome tryOut(long time, RecordFlyweight record) {
        Map<Key, Entry> before = new HashMap<>(entries);
        Map<Long, Client> clientsBefore = new HashMap<>(clients);
        long numberBefore = number;
        try {
            return outcome(appliedSequence + 1, time, record);
        } finally {
            entries = before;
            clients = clientsBefore;
            number = numberBefore;
        }
    }

    @Override
    public long expiry(byte[] key) {
        Entry entry = entries.get(new Key(key));
        return entry == null ? NEVER : entry.expiry;
    }

    @Override
    public long expiringKeys() {
        return entries.values().stream().filter(entry -> entry.expiry != NEVER).count();
    }

    @Override
    public long keys() {
        return entries.size();
    }

    @Override
    public long digest() {
        return entries.values().stream().mapToLong(Entry::digest).sum()
                + clients.values().stream().mapToLong(Client::digest).sum();
    }

    @Override
    public long clients() {
        return clients.size();
    }

    /** As {@link EntryDigest} specifies it, over arrays. */
    static long digest(byte[] key, byte[] value) {
        byte[] payload = Arrays.copyOf(key, key.length + value.length);
        System.arraycopy(value, 0, payload, key.length, value.length);
        long lengths = (long) key.length * (1L << 32) + value.length;
        return mix(new WyHash(0).of(payload) ^ mix(lengths + 0x9e3779b97f4a7c15L));
    }

    private static long mix(long x) {
        x ^= x >>> 30;
        x *= 0xbf58476d1ce4e5b9L;
        x ^= x >>> 27;
        x *= 0x94d049bb133111ebL;
        x ^= x >>> 31;
        return x;
    }

    @Override
    public long appliedSequence() {
        return appliedSequence;
    }

    @Override
    public long memoryBudget() {
        return budget;
    }

    @Override
    public long memoryUsed() {
        long pagesOfExpiries = (expiringKeys() + 8191) / 8192;
        return entries.values().stream().mapToLong(Entry::charge).sum()
                + pagesOfExpiries * 65_536
                + clients.size() * 64L;
    }

    @Override
    public void forEach(EntryVisitor visitor) {
        entries.values().forEach(entry -> visitor.visit(entry.key.clone(), entry.value.clone(), entry.sequence));
    }

    @Override
    public void close() {
        entries.clear();
    }

    /** A key that knows its hash: the map is copied for each change, and keys may be long. */
    private static final class Key {
        private final byte[] bytes;
        private final int hash;

        private Key(byte[] bytes) {
            this.bytes = bytes;
            this.hash = Arrays.hashCode(bytes);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** What became of the last change of a client. */
    private static final class Client {
        private final long client;
        private final long number;
        private final long sequence;
        private final Outcome outcome;
        private final long outcomeNumber;

        private Client(RecordFlyweight record, long sequence, Outcome outcome, long outcomeNumber) {
            this.client = record.tokenClient();
            this.number = record.tokenNumber();
            this.sequence = sequence;
            this.outcome = outcome;
            this.outcomeNumber = outcomeNumber;
        }

        /** As {@link Clients} specifies it. */
        private long digest() {
            long digest = 0x746f6b656eL;
            for (long field : new long[] {client, number, sequence, outcome.code(), outcomeNumber}) {
                digest = mix(digest ^ mix(field + 0x9e3779b97f4a7c15L));
            }
            return digest;
        }
    }

    private static final class Entry {
        private final byte[] key;
        private final byte[] value;
        private final long sequence;
        private final long expiry;
        /** Of key and value; {@code null} until it is asked for. */
        private Long contentsDigest;

        private Entry(byte[] key, byte[] value, long sequence, long expiry) {
            this.key = key;
            this.value = value;
            this.sequence = sequence;
            this.expiry = expiry;
        }

        private boolean isLive(long time) {
            return expiry == NEVER || expiry > time;
        }

        private long charge() {
            return EntryDescriptor.charge(key.length + value.length, expiry != NEVER);
        }

        private long digest() {
            if (contentsDigest == null) {
                contentsDigest = NaiveStateMachine.digest(key, value);
            }
            long digest = contentsDigest;
            return expiry == NEVER ? digest : mix(digest ^ mix(expiry + 0x9e3779b97f4a7c15L));
        }
    }
}
