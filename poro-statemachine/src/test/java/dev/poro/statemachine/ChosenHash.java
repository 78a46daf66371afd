package dev.poro.statemachine;

import java.util.function.LongUnaryOperator;

/** A hash that a test chooses, so that keys collide as much as it likes. */
final class ChosenHash extends WyHash {
    private final LongUnaryOperator choice;

    private ChosenHash(LongUnaryOperator choice) {
        super(1);
        this.choice = choice;
    }

    /** All keys belong to one page of the index, however deep the directory is; they differ in their homes. */
    static WyHash ofOnePage() {
        return new ChosenHash(hash -> 0xABCD_8000_0000_0000L | hash >>> Index.MAX_DEPTH);
    }

    /** All keys belong to one page and to a few home slots. */
    static WyHash ofFewHomes(int homes) {
        return new ChosenHash(
                hash -> 0x7FFF_8000_0000_0000L | (hash & homes - 1) << (ArenaDescriptor.REFERENCE_BITS + 2));
    }

    /** All keys have the same hash. */
    static WyHash ofOneHash() {
        return new ChosenHash(hash -> -1);
    }

    /** Most keys belong to one page, as if somebody made them collide among those of others. */
    static WyHash ofOnePageAndOthers() {
        return new ChosenHash(hash -> (hash & 3) == 0 ? hash : 0x1234_8000_0000_0000L | hash >>> 17);
    }

    /** Of the bits that divide pages, most are the same in most hashes. */
    static WyHash skewed() {
        return new ChosenHash(hash -> hash >>> (hash & 15));
    }

    @Override
    long of(long address, int length) {
        return choice.applyAsLong(super.of(address, length));
    }

    @Override
    long of(byte[] bytes) {
        return choice.applyAsLong(super.of(bytes));
    }
}
