package dev.poro.command;

import java.io.IOException;
import java.util.List;

/** The commands on single bits of values. Bit 0 is the highest of the first byte. */
final class BitCommands {
    static final Command<Session> GETBIT = Command.<Session>of(
                    "GETBIT", "key offset", "Show a bit of the value of key, 0 beyond its end.", BitCommands::getbit)
            .described("bitmap", "2.2.0", "readonly fast");

    static final Command<Session> SETBIT = Command.<Session>of(
                    "SETBIT",
                    "key offset bit",
                    "Set a bit of the value of key to 0 or 1; show what it was.",
                    BitCommands::setbit)
            .described("bitmap", "2.2.0", "write denyoom");

    static final Command<Session> BITCOUNT = Command.<Session>of(
                    "BITCOUNT",
                    "key [start end] [BYTE|BIT]",
                    "Show how many bits are 1: of the whole value, or from start to end, in bytes or in bits.",
                    BitCommands::bitcount)
            .described("bitmap", "2.6.0", "readonly");

    private static final String WRONG_OFFSET = "bit offset is not an integer or out of range";
    private static final String WRONG_BIT = "bit is not an integer or out of range";
    private static final int HIGHEST_BIT = 0x80;

    private BitCommands() {}

    private static void getbit(Session session, List<byte[]> words) throws IOException {
        long offset = offset(session, words.get(2));
        session.replies().integer(bit(session.store().get(words.get(1)), offset));
    }

    private static void setbit(Session session, List<byte[]> words) throws IOException {
        byte[] key = words.get(1);
        long offset = offset(session, words.get(2));
        int bit = integer(words.get(3), WRONG_BIT, 1) == 1 ? 1 : 0;
        int place = (int) (offset >> 3);
        int before = session.store().atomically(view -> {
            byte[] value = view.get(key);
            int old = bit(value, offset);
            // As in Redis, a bit that is so already is no change, unless the value becomes longer.
            if (old != bit || value == null || place >= value.length) {
                int others = value == null || place >= value.length ? 0 : value[place] & ~mask(offset);
                byte[] changed = {(byte) (bit == 1 ? others | mask(offset) : others)};
                view.quietly(() -> view.overwrite(key, place, changed));
                view.tellOfChange("setbit", key, value == null);
            }
            return old;
        });
        session.replies().integer(before);
    }

    private static int mask(long offset) {
        return HIGHEST_BIT >> (offset & 7);
    }

    private static int bit(byte[] value, long offset) {
        int place = (int) (offset >> 3);
        return value == null || place >= value.length || (value[place] & mask(offset)) == 0 ? 0 : 1;
    }

    private static long offset(Session session, byte[] argument) {
        return integer(argument, WRONG_OFFSET, ((long) session.store().maxValueLength() << 3) - 1);
    }

    /** From 0 to the largest. */
    private static long integer(byte[] argument, String error, long largest) {
        try {
            long number = Arguments.integer(argument);
            if (number >= 0 && number <= largest) {
                return number;
            }
        } catch (CommandException e) {
            // below
        }
        throw new CommandException(error);
    }

    /** As in Redis 7.0, of a key that is absent nothing else is looked at. */
    private static void bitcount(Session session, List<byte[]> words) throws IOException {
        byte[] value = session.store().get(words.get(1));
        if (value == null) {
            session.replies().integer(0);
        } else if (words.size() == 2) {
            session.replies().integer(count(value, 0, (long) value.length * 8));
        } else if (words.size() > 3 && words.size() <= 5) {
            long start = Arguments.integer(words.get(2));
            long end = Arguments.integer(words.get(3));
            Integer unit = start < 0 && end < 0 && start > end ? Integer.valueOf(8) : unit(words);
            if (unit == null) {
                session.replyToSyntaxError(BITCOUNT, words);
            } else {
                session.replies().integer(count(value, start, end, unit));
            }
        } else {
            session.replyToSyntaxError(BITCOUNT, words);
        }
    }

    /** Bits of one: 8 of a byte; {@code null} if it is neither byte nor bit. */
    private static Integer unit(List<byte[]> words) {
        if (words.size() == 4 || Names.equalsIgnoreCase("BYTE", words.get(4))) {
            return 8;
        }
        return Names.equalsIgnoreCase("BIT", words.get(4)) ? 1 : null;
    }

    /** From start to end, both included, counted from the end if they are negative. */
    private static long count(byte[] value, long start, long end, int unit) {
        if (start < 0 && end < 0 && start > end) {
            return 0;
        }
        long units = (long) value.length * 8 / unit;
        long from = Math.max(0, start < 0 ? units + start : start);
        long last = Math.min(units - 1, Math.max(0, end < 0 ? units + end : end));
        return from > last ? 0 : count(value, from * unit, (last + 1) * unit);
    }

    /** The bits from one to another that is not included. */
    private static long count(byte[] value, long from, long to) {
        long count = 0;
        for (long at = from; at < to; at++) {
            if ((at & 7) == 0 && at + 8 <= to) {
                count += Integer.bitCount(value[(int) (at >> 3)] & 0xff);
                at += 7;
            } else {
                count += bit(value, at);
            }
        }
        return count;
    }
}
