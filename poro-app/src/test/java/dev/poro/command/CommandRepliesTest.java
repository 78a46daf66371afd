package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each command replies, as Redis does. */
class CommandRepliesTest extends StoreTest {
    private static final String NO_INTEGER = "error value is not an integer or out of range";

    /** Commands, and the reply to the last one. Commands are separated by semicolons. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SET k v; GET k                          | value 'v'",
                "SET k v NX                              | ok",
                "SET k v; SET k w NX                     | value absent",
                "SET k v; SET k w NX; GET k              | value 'v'",
                "SET k v XX                              | value absent",
                "SET k v; SET k w xx                     | ok",
                "SET k v; SET k w GET                    | value 'v'",
                "SET k v GET                             | value absent",
                "SET k v NX GET; GET k                   | value 'v'",
                "SET k v; SET k w NX GET                 | value 'v'",
                "SET k v; SET k w NX GET; GET k          | value 'v'",
                "SET k v XX GET; GET k                   | value absent",
                "SET k v; SET k w XX GET EX 100; TTL k   | integer 100",
                "SET k v EX 100; TTL k                   | integer 100",
                "SET k v PX 99600; TTL k                 | integer 100",
                "SET k v EXAT 4102444800; EXPIRETIME k   | integer 4102444800",
                "SET k v PXAT 4102444800123; PEXPIRETIME k | integer 4102444800123",
                "SET k v PXAT 4102444800123; EXPIRETIME k | integer 4102444800",
                "SET k v PXAT 1; GET k                   | value absent",
                "SET k v EX 100; SET k w; TTL k          | integer -1",
                "SET k v EX 100; SET k w KEEPTTL; TTL k  | integer 100",
                "SET k v EX 0                            | error invalid expire time in 'set' command",
                "SET k v PX -1                           | error invalid expire time in 'set' command",
                "SET k v EX 9223372036854775807          | error invalid expire time in 'set' command",
                "SET k v PX 9223372036854775807          | error invalid expire time in 'set' command",
                "SET k v EXAT 0                          | error invalid expire time in 'set' command",
                "SET k v EX 1.5                          | error value is not an integer or out of range",
                "SET k v EX                              | error syntax error",
                "SET k v NX XX                           | error syntax error",
                "SET k v EX 10 KEEPTTL                   | error syntax error",
                "SET k v EX 10 PX 10                     | error syntax error",
                "SET k v w                               | error syntax error",
                "SET k v EX 10 EX 100; TTL k             | integer 100",
                "SET k v NX NX                           | ok",
                "SET k v EXAT 9223372036854775           | ok",
                "SET k v PXAT 9223372036854775807; PEXPIRETIME k | integer 9223372036854775806",
                "SET k v IFEQ v                          | value absent",
                "SET k v; SET k w IFEQ v; GET k          | value 'w'",
                "SET k v; SET k w IFEQ x                 | value absent",
                "SET k v; SET k w IFEQ x; GET k          | value 'v'",
                "SET k v; SET k w IFEQ x GET             | value 'v'",
                "SET k v; SET k w IFEQ v GET             | value 'v'",
                "SET k v; SET k w IFEQ v EX 100; TTL k   | integer 100",
                "SET k v IFEQ                            | error syntax error",
                "SET k v IFEQ v NX                       | error syntax error",
                "SETNX k v                               | integer 1",
                "SET k v; SETNX k w                      | integer 0",
                "SETEX k 100 v; TTL k                    | integer 100",
                "SETEX k 0 v                             | error invalid expire time in 'setex' command",
                "SETEX k x v                             | error value is not an integer or out of range",
                "PSETEX k 99600 v; TTL k                 | integer 100",
                "PSETEX k -5 v                           | error invalid expire time in 'psetex' command",
                "GETSET k v                              | value absent",
                "SET k v EX 100; GETSET k w              | value 'v'",
                "SET k v EX 100; GETSET k w; TTL k       | integer -1",
                "GETDEL k                                | value absent",
                "SET k v; GETDEL k                       | value 'v'",
                "SET k v; GETDEL k; GET k                | value absent",
                "GETEX k                                 | value absent",
                "GETEX k EX 100                          | value absent",
                "SET k v; GETEX k EX 100                 | value 'v'",
                "SET k v; GETEX k EX 100; TTL k          | integer 100",
                "SET k v EX 100; GETEX k; TTL k          | integer 100",
                "SET k v EX 100; GETEX k PERSIST         | value 'v'",
                "SET k v EX 100; GETEX k PERSIST; TTL k  | integer -1",
                "SET k v; GETEX k PXAT 1                 | value 'v'",
                "SET k v; GETEX k PXAT 1; GET k          | value absent",
                "GETEX k EX 0                            | value absent",
                "SET k v; GETEX k EX 0                   | error invalid expire time in 'getex' command",
                "SET k v; GETEX k EX x                   | error value is not an integer or out of range",
                "GETEX k EX 1 PERSIST                    | error syntax error",
                "SET k v; GETEX k EX 10 EX 100; TTL k    | integer 100",
                "SET a 1; SET b 2; MGET a x b            | array 3, value '1', value absent, value '2'",
                "MGET x                                  | array 1, value absent",
                "MSET a 1 b 2                            | ok",
                "MSET a 1 b 2; MGET a b                  | array 2, value '1', value '2'",
                "MSET a 1 a 2; GET a                     | value '2'",
                "SET a 0 EX 100; MSET a 1 b 2; TTL a     | integer -1",
                "MSET a 1 b                              | error wrong number of arguments for 'MSET': missing value;"
                        + " usage: MSET key value [key value ...]",
                "MSETNX a 1 b 2                          | integer 1",
                "SET b 0; MSETNX a 1 b 2                 | integer 0",
                "SET b 0; MSETNX a 1 b 2; GET a          | value absent",
                "MSETNX a 1 a 2; GET a                   | value '2'",
                "APPEND k ab                             | integer 2",
                "SET k ab EX 100; APPEND k cd            | integer 4",
                "SET k ab EX 100; APPEND k cd; GET k     | value 'abcd'",
                "SET k ab EX 100; APPEND k cd; TTL k     | integer 100",
                "APPEND k ''; EXISTS k                   | integer 1",
                "SET k ab EX 100; APPEND k ''; TTL k     | integer 100",
                "SET k ab; APPEND k ''                   | integer 2",
                "GETBIT k 7                              | integer 0",
                "SET k A; GETBIT k 1                     | integer 1",
                "SET k A; GETBIT k 2                     | integer 0",
                "SET k A; GETBIT k 8                     | integer 0",
                "GETBIT k -1                             | error bit offset is not an integer or out of range",
                "GETBIT k 7999                           | integer 0",
                "GETBIT k 8000                           | error bit offset is not an integer or out of range",
                "GETBIT k x                              | error bit offset is not an integer or out of range",
                "SETBIT k 1 1                            | integer 0",
                "SETBIT k 1 1; GET k                     | value '@'",
                "SETBIT k 1 1; SETBIT k 7 1; GET k       | value 'A'",
                "SET k A; SETBIT k 7 0; GET k            | value '@'",
                "SET k A; SETBIT k 1 1                   | integer 1",
                "SETBIT k 17 1; GET k                    | value '\0\0@'",
                "SETBIT k 17 0; STRLEN k                 | integer 3",
                "SET k A EX 100; SETBIT k 7 0; TTL k     | integer 100",
                "SETBIT k 8000 2                         | error bit offset is not an integer or out of range",
                "SETBIT k 0 2                            | error bit is not an integer or out of range",
                "SETBIT k 0 -1                           | error bit is not an integer or out of range",
                "SETBIT k 0 x                            | error bit is not an integer or out of range",
                "BITCOUNT k                              | integer 0",
                "SET k foobar; BITCOUNT k                | integer 26",
                "SET k foobar; BITCOUNT k 0 0            | integer 4",
                "SET k foobar; BITCOUNT k 1 1            | integer 6",
                "SET k foobar; BITCOUNT k -2 -1 BYTE     | integer 7",
                "SET k foobar; BITCOUNT k 5 30 bit       | integer 17",
                "SET k foobar; BITCOUNT k 0 -1 BIT       | integer 26",
                "SET k foobar; BITCOUNT k -1 -2          | integer 0",
                "SET k foobar; BITCOUNT k 9 20           | integer 0",
                "SET k foobar; BITCOUNT k 0              | error syntax error",
                "SET k foobar; BITCOUNT k 0 1 WORD       | error syntax error",
                "SET k foobar; BITCOUNT k 0 x            | error value is not an integer or out of range",
                "BITCOUNT k x                            | integer 0",
                "MSET a ohmytext b mynewtext; LCS a b    | value 'mytext'",
                "MSET a ohmytext b mynewtext; LCS a b LEN | integer 6",
                "MSET a ohmytext b mynewtext; LCS a b IDX | array 4, value 'matches', array 2, array 2, array 2,"
                        + " integer 4, integer 7, array 2, integer 5, integer 8, array 2, array 2, integer 2, integer"
                        + " 3, array 2, integer 0, integer 1, value 'len', integer 6",
                "MSET a ohmytext b mynewtext; LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN | array 4, value 'matches',"
                        + " array 1, array 3, array 2, integer 4, integer 7, array 2, integer 5, integer 8, integer 4,"
                        + " value 'len', integer 6",
                "MSET a ab b ba; LCS a b                 | value 'b'",
                "LCS a b                                 | value ''",
                "LCS a b LEN IDX                         | error If you want both the length and indexes, please just"
                        + " use IDX.",
                "LCS a b MINMATCHLEN                     | error syntax error",
                "LCS a b MINMATCHLEN x FAST              | error value is not an integer or out of range",
                "STRLEN k                                | integer 0",
                "SET k abc; STRLEN k                     | integer 3",
                "SET k hello; GETRANGE k 1 3             | value 'ell'",
                "SET k hello; GETRANGE k -3 -1           | value 'llo'",
                "SET k hello; GETRANGE k 0 -1            | value 'hello'",
                "SET k hello; GETRANGE k 3 1             | value ''",
                "SET k hello; GETRANGE k -1 -3           | value ''",
                "SET k hello; GETRANGE k -100 100        | value 'hello'",
                "SET k hello; GETRANGE k -100 -99        | value 'h'",
                "SET k hello; GETRANGE k 5 9             | value ''",
                "SET k ''; GETRANGE k 0 -1               | value ''",
                "SET k hello; SUBSTR k 0 0               | value 'h'",
                "GETRANGE k 0 -1                         | value ''",
                "GETRANGE k a -1                         | error value is not an integer or out of range",
                "SETRANGE k 2 ab                         | integer 4",
                "SETRANGE k 2 ab; GET k                  | value '\0\0ab'",
                "SET k hello; SETRANGE k 1 ipp; GET k    | value 'hippo'",
                "SETRANGE k 2 ''                         | integer 0",
                "SETRANGE k 2 ''; EXISTS k               | integer 0",
                "SET k hello; SETRANGE k 99 ''           | integer 5",
                "SETRANGE k -1 v                         | error offset is out of range",
                "SETRANGE k 1000 v                       | error string exceeds maximum allowed size"
                        + " (proto-max-bulk-len)",
                "SETRANGE k 5000000000 v                 | error string exceeds maximum allowed size"
                        + " (proto-max-bulk-len)",
                "INCR n                                  | integer 1",
                "SET n 10; INCR n                        | integer 11",
                "SET n 10 EX 100; INCR n; TTL n          | integer 100",
                "DECR n                                  | integer -1",
                "INCRBY n 5; INCRBY n -7                 | integer -2",
                "DECRBY n 5                              | integer -5",
                "DECRBY n -9223372036854775808           | error decrement would overflow",
                "SET n 9223372036854775807; INCR n       | error increment or decrement would overflow",
                "SET n ' '; INCR n                       | error value is not an integer or out of range",
                "SET n 01; INCR n                        | error value is not an integer or out of range",
                "INCRBY n +1                             | error value is not an integer or out of range",
                "INCRBY n 9223372036854775808            | error value is not an integer or out of range",
                "INCRBYFLOAT n 10.5                      | value '10.5'",
                "SET n 5e25; INCRBYFLOAT n 5e25          | value '100000000000000000000000000'",
                "SET n 10.50; INCRBYFLOAT n 0.1          | value '10.6'",
                "SET n 3; INCRBYFLOAT n -3               | value '0'",
                "SET n 5.0e3; INCRBYFLOAT n 2.0e2        | value '5200'",
                "SET n 0.1; INCRBYFLOAT n 0.2            | value '0.3'",
                "SET n 1 EX 100; INCRBYFLOAT n 1; TTL n  | integer 100",
                "SET n x; INCRBYFLOAT n 1                | error value is not a valid float",
                "INCRBYFLOAT n 1e                        | error value is not a valid float",
                "INCRBYFLOAT n ''                        | error value is not a valid float",
                "INCRBYFLOAT n inf                       | error increment would produce NaN or Infinity",
                "INCRBYFLOAT n 1e999999                  | error value is not a valid float",
                "DEL k                                   | integer 0",
                "MSET a 1 b 2; DEL a b c a               | integer 2",
                "MSET a 1 b 2; UNLINK a b                | integer 2",
                "MSET a 1 b 2; DELETE a b; DBSIZE        | integer 0",
                "SET a 1; EXISTS a                       | integer 1",
                "EXISTS a                                | integer 0",
                "SET a 1; EXISTS a a b                   | integer 2",
                "SET a 1; TYPE a                         | status string",
                "TYPE a                                  | status none",
                "KEYS *                                  | array 0",
                "SET user:1 a; SET x b; KEYS user:*      | array 1, value 'user:1'",
                "SCAN 0                                  | array 2, value '0', array 0",
                "SET a 1; SCAN 0                         | array 2, value '0', array 1, value 'a'",
                "SET a 1; SCAN 0 MATCH b* COUNT 100      | array 2, value '0', array 0",
                "SET a 1; SCAN 0 TYPE string             | array 2, value '0', array 1, value 'a'",
                "SET a 1; SCAN 0 TYPE hash               | array 2, value '0', array 0",
                "SCAN x                                  | error invalid cursor",
                "SCAN 0 COUNT 0                          | error syntax error",
                "SCAN 0 COUNT x                          | error value is not an integer or out of range",
                "SCAN 0 FAST                             | error syntax error",
                "SCAN 0 COUNT x FAST                     | error value is not an integer or out of range",
                "SCAN 0 COUNT 5 COUNT 6                  | array 2, value '0', array 0",
                "SET a 1; SCAN ''                        | array 2, value '0', array 1, value 'a'",
                "SCAN -1                                 | array 2, value '0', array 0",
                "SCAN +                                  | error invalid cursor",
                "SCAN 18446744073709551616               | error invalid cursor",
                "MSET a 1 b 2; TOUCH a b c a             | integer 3",
                "SET a 1; OBJECT ENCODING a              | value 'raw'",
                "SET a 1; OBJECT refcount a              | integer 1",
                "OBJECT ENCODING a                       | value absent",
                "OBJECT FREQ a                           | value absent",
                "SET a 1; OBJECT FREQ a                  | error An LFU maxmemory policy is not selected, access"
                        + " frequency not tracked. Please note that when switching between policies at runtime LRU and"
                        + " LFU data will take some time to adjust.",
                "SET a 1; OBJECT IDLETIME a              | error idle time not tracked: Poro keeps no time of the last"
                        + " use of a key",
                "OBJECT NAME a                           | error unknown subcommand 'NAME'. Try OBJECT HELP.",
                "MEMORY USAGE a                          | value absent",
                "MEMORY USAGE a SAMPLES x                | error value is not an integer or out of range",
                "MEMORY USAGE a SAMPLES -1               | error syntax error",
                "MEMORY DOCTOR                           | error unknown subcommand 'DOCTOR'. Try MEMORY HELP.",
                "DUMP a                                  | error DUMP is not supported: Poro has no serialization of"
                        + " Redis; 'poro export' and 'poro import' move keys",
                "SAVE                                    | ok",
                "BGSAVE NOW                              | error syntax error",
                "WAIT 0 0                                | integer 0",
                "WAIT 1 -1                               | error timeout is negative",
                "WAIT x -1                               | error value is not an integer or out of range",
                "WAIT 1 x                                | error timeout is not an integer or out of range",
                "WAITAOF 2 0 0                           | error value is out of range, value must between 0 and 1",
                "WAITAOF 0 -1 0                          | error value is out of range, must be positive",
                "WAITAOF 1 0 0                           | error WAITAOF cannot be used when numlocal is set but the"
                        + " sync policy is 'os'",
                "PORO.SEQ a                              | integer 0",
                "DBSIZE                                  | integer 0",
                "MSET a 1 b 2; DBSIZE                    | integer 2",
                "RANDOMKEY                               | value absent",
                "SET a 1; RANDOMKEY                      | value 'a'",
                "RENAME a b                              | error no such key",
                "SET a 1; RENAME a a                     | ok",
                "SET a 1; RENAME a a; GET a              | value '1'",
                "MSET a 1 b 2; RENAME a b                | ok",
                "MSET a 1 b 2; RENAME a b; MGET a b      | array 2, value absent, value '1'",
                "SET a 1 EX 100; SET b 2; RENAME a b; TTL b | integer 100",
                "SET a 1; SET b 2 EX 100; RENAME a b; TTL b | integer -1",
                "RENAMENX a b                            | error no such key",
                "SET a 1; RENAMENX a b                   | integer 1",
                "MSET a 1 b 2; RENAMENX a b              | integer 0",
                "SET a 1; RENAMENX a a                   | integer 0",
                "COPY a b                                | integer 0",
                "SET a 1 EX 100; COPY a b                | integer 1",
                "SET a 1 EX 100; COPY a b; TTL b         | integer 100",
                "MSET a 1 b 2; COPY a b                  | integer 0",
                "MSET a 1 b 2; COPY a b REPLACE; GET b   | value '1'",
                "SET a 1; COPY a b DB 0                  | integer 1",
                "SET a 1; COPY a b DB 1                  | error DB index is out of range",
                "SET a 1; COPY a b DB 0 DB 0 REPLACE REPLACE | integer 1",
                "COPY a b DB x FAST                      | error value is not an integer or out of range",
                "COPY a b DB 5000000000                  | error value is out of range, value must between"
                        + " -2147483648 and 2147483647",
                "SET a 1; COPY a a                       | error source and destination objects are the same",
                "SET a 1; COPY a b FAST                  | error syntax error",
                "FLUSHDB                                 | ok",
                "MSET a 1 b 2; FLUSHALL async; DBSIZE    | integer 0",
                "FLUSHDB NOW                             | error syntax error",
                "FLUSHDB SYNC SYNC                       | error syntax error",
                "EXPIRE k 10                             | integer 0",
                "SET k v; EXPIRE k 10                    | integer 1",
                "SET k v; EXPIRE k 10; TTL k             | integer 10",
                "SET k v; PEXPIRE k 10400; TTL k         | integer 10",
                "SET k v; PEXPIRE k 1000000; TTL k       | integer 1000",
                "SET k v; EXPIREAT k 4102444800; EXPIRETIME k | integer 4102444800",
                "SET k v; PEXPIREAT k 4102444800999; PEXPIRETIME k | integer 4102444800999",
                "SET k v; EXPIRE k 0                     | integer 1",
                "SET k v; EXPIRE k 0; EXISTS k           | integer 0",
                "SET k v; EXPIRE k -1; EXISTS k          | integer 0",
                "SET k v; EXPIREAT k -1; EXISTS k        | integer 0",
                "SET k v; EXPIRE k 10 NX                 | integer 1",
                "SET k v EX 100; EXPIRE k 10 NX          | integer 0",
                "SET k v; EXPIRE k 10 XX                 | integer 0",
                "SET k v EX 100; EXPIRE k 10 xx; TTL k   | integer 10",
                "SET k v; EXPIRE k 10 GT                 | integer 0",
                "SET k v EX 100; EXPIRE k 10 GT          | integer 0",
                "SET k v EX 100; EXPIRE k 200 GT         | integer 1",
                "SET k v; EXPIRE k 10 LT                 | integer 1",
                "SET k v EX 100; EXPIRE k 200 LT         | integer 0",
                "SET k v EX 100; EXPIRE k 10 LT; TTL k   | integer 10",
                "SET k v; EXPIRE k 10 XX LT              | integer 0",
                "SET k v EX 100; EXPIRE k 10 XX LT       | integer 1",
                "SET k v EX 100; EXPIRE k 200 XX GT      | integer 1",
                "EXPIRE k 10 NX XX                       | error NX and XX, GT or LT options at the same time are not"
                        + " compatible",
                "EXPIRE k 10 GT LT                       | error GT and LT options at the same time are not compatible",
                "EXPIRE k 10 AB                          | error Unsupported option AB",
                "EXPIRE k x AB                           | error Unsupported option AB",
                "EXPIRE k x                              | error value is not an integer or out of range",
                "EXPIRE k 9223372036854775807            | error invalid expire time in 'expire' command",
                "EXPIRE k -9223372036854775808           | error invalid expire time in 'expire' command",
                "PEXPIRE k 9223372036854775807           | error invalid expire time in 'pexpire' command",
                "EXPIREAT k 9223372036854775807          | error invalid expire time in 'expireat' command",
                "TTL k                                   | integer -2",
                "PTTL k                                  | integer -2",
                "EXPIRETIME k                            | integer -2",
                "SET k v; PTTL k                         | integer -1",
                "SET k v; PEXPIRETIME k                  | integer -1",
                "PERSIST k                               | integer 0",
                "SET k v; PERSIST k                      | integer 0",
                "SET k v EX 100; PERSIST k               | integer 1",
                "SET k v EX 100; PERSIST k; TTL k        | integer -1",
                "PING                                    | status PONG",
                "PING hello                              | value 'hello'",
                "ECHO hello                              | value 'hello'",
                "MULTI                                   | ok",
                "MULTI; MULTI                            | error MULTI calls can not be nested",
                "MULTI; SET k v                          | status QUEUED",
                "MULTI; EXEC                             | array 0",
                "EXEC                                    | error EXEC without MULTI",
                "DISCARD                                 | error DISCARD without MULTI",
                "MULTI; SET k v; DISCARD                 | ok",
                "MULTI; SET k v; DISCARD; GET k          | value absent",
                "WATCH k                                 | ok",
                "MULTI; WATCH k                          | error WATCH inside MULTI is not allowed",
                "UNWATCH                                 | ok",
                "MULTI; UNWATCH; EXEC                    | array 1, ok",
                "MULTI; EXEC now                         | error EXECABORT Transaction discarded because of:"
                        + " wrong number"
                        + " of arguments for 'EXEC': 1 instead of 0; usage: EXEC",
                "MULTI; EXEC now; EXEC                   | error EXEC without MULTI",
                "MULTI; OBJECT NAME a; EXEC              | error EXECABORT Transaction discarded because of previous"
                        + " errors.",
                "MULTI; SET k; EXEC                      | error EXECABORT Transaction discarded because of previous"
                        + " errors.",
                "MULTI; BGSAVE                           | error Command not allowed inside a transaction",
                "MULTI; SAVE                             | error Command not allowed inside a transaction",
                "MULTI; SNAPSHOT                         | error Command not allowed inside a transaction",
            })
    void repliesAsRedisDoes(String commands, String reply) throws IOException {
        String last = null;
        for (String command : commands.split("; ", -1)) {
            last = session.run(command.strip().replace("' '", "\t"));
        }
        assertThat(last).isEqualTo(reply);
    }

    @Test
    void namesTheSubcommandThatLacksAnArgument() throws IOException {
        assertThat(session.run("OBJECT ENCODING"))
                .isEqualTo("error wrong number of arguments for 'object|encoding' command");
        assertThat(session.run("OBJECT ENCODING a b"))
                .isEqualTo("error wrong number of arguments for 'object|encoding' command");
        assertThat(session.run("MEMORY USAGE")).isEqualTo("error wrong number of arguments for 'memory|usage' command");
        assertThat(session.run("OBJECT HELP")).startsWith("array 11, status OBJECT <subcommand>");
        assertThat(session.run("MEMORY HELP")).startsWith("array 5, status MEMORY <subcommand>");
    }

    @Test
    void tellsWhatAKeyCountsAgainstTheBudget() throws IOException {
        long before = poro.memory().used();
        session.run("SET a " + "v".repeat(500));
        long used = poro.memory().used() - before;

        assertThat(session.run("MEMORY USAGE a SAMPLES 0")).isEqualTo("integer " + used);
        assertThat(session.run("PORO.SEQ a")).isEqualTo("integer " + poro.sequence());
        assertThat(session.run("PORO.INFO")).isEqualTo(session.run("INFO"));
    }

    @Test
    void showsTheTimeByWhichKeysExpire() throws IOException {
        session.run("SET k v PX 100000");
        String[] time = session.run("TIME").replaceAll("[^0-9,]", "").split(",", -1);
        long millis = Long.parseLong(time[1]) * 1_000 + Long.parseLong(time[2]) / 1_000;

        long expiry = Long.parseLong(session.run("PEXPIRETIME k").replaceAll("\\D", ""));

        assertThat(millis).isBetween(expiry - 100_000, expiry - 100_000 + 60_000);
    }

    @Test
    void writesASnapshotInTheBackground() throws Exception {
        session.run("SET a 1");
        long sequence = poro.sequence();

        assertThat(session.run("BGSAVE")).isEqualTo("status Background saving started");

        while (poro.log().newestSnapshot() == null
                || poro.log().newestSnapshot().sequence() < sequence) {
            Thread.sleep(1);
        }
        long seconds = poro.log().newestSnapshot().created().getEpochSecond();
        assertThat(session.run("LASTSAVE")).isEqualTo("integer " + seconds);
    }

    /** Another program's server and its transactions ask for the number of words only. */
    @Test
    void saysInTheWordsOfRedisThatThereAreTooFewOrTooManyWords() throws IOException {
        assertThat(StringCommands.GET.arityErrorOf(RecordedSession.words("get")))
                .isEqualTo("wrong number of arguments for 'get' command");
        assertThat(StringCommands.MSET.arityErrorOf(RecordedSession.words("mset", "k", "v", "k")))
                .isNull();
        assertThat(session.run(StringCommands.MSET, "mset", "k", "v", "k"))
                .containsExactly("error wrong number of arguments for 'mset' command");
        assertThat(session.run("EXISTS k")).isEqualTo("integer 0");
    }

    /** The same commands in a transaction and outside of one: replies and contents are the same. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SET k v; SET k w NX; SET k x XX GET; GET k; STRLEN k",
                "SET k v EX 100; SET k w KEEPTTL; TTL k; SET k x; TTL k",
                "SET k v NX GET; SET k w XX; SET j v XX GET; SET j v NX; MGET j k",
                "SETEX k 100 v; EXPIRE k 50 GT; EXPIRE k 200 GT; TTL k; PERSIST k; PERSIST k; TTL k",
                "SET k v; EXPIRE k 10 XX; EXPIRE k 10 NX; EXPIRE k 20 LT; EXPIRE k 5 LT; TTL k; GETEX k PERSIST; TTL k",
                "SET k v PXAT 1; GET k; APPEND k a; GETRANGE k 0 -1; TTL k",
                "INCR n; INCRBY n 10; DECR n; DECRBY n 3; INCRBYFLOAT n 0.5; INCR n; GET n",
                "SET n 9223372036854775807; INCR n; GET n; DECR n",
                "APPEND k ''; STRLEN k; APPEND old ''; APPEND absent ab; SETRANGE expiring 3 x; TTL expiring;"
                        + " GET expiring",
                "SETBIT k 9 1; SETBIT k 9 0; SETBIT k 0 1; BITCOUNT k; GETBIT k 0; SETBIT old 30 1; PERSIST"
                        + " old; STRLEN old",
                "SET k v; EXPIRE k 100 GT; TTL k; EXPIRE expiring 1000 GT; EXPIRE expiring 100 GT; TTL"
                        + " expiring; RENAME k k",
                "APPEND expiring x; PERSIST expiring; GETEX old EX 100; APPEND old y; DEL number; APPEND number z",
                "SET old o IFEQ o; SET old p IFEQ o GET; SET absent q IFEQ q; LCS old number LEN; COPY old"
                        + " copy; TOUCH copy",
                "FLUSHALL; APPEND old a; APPEND old b; SETRANGE expiring 2 c; TTL expiring; SETBIT number 1 1",
                "APPEND k ab; SETRANGE k 4 cd; SETRANGE k 0 ''; GETDEL k; GETDEL k; APPEND k z; GETSET k y",
                "SETRANGE k 999 ab; SETRANGE k 998 ab; STRLEN k; APPEND k c; STRLEN k",
                "MSET a 1 b 2; MSETNX b 3 c 4; MSETNX c 5 d 6; DEL a x b; EXISTS a b c d; DBSIZE",
                "SET a 1 EX 99; RENAME a b; RENAMENX b c; COPY c d; COPY c d REPLACE; TTL d; RENAME a b; TYPE c",
                "SET a 1; FLUSHALL; DBSIZE; GET a; SET b 2; DBSIZE; RANDOMKEY; KEYS *; SCAN 0; DEL b; SET a 3",
                "SET present p; SET old o; DEL old; SET old n; DEL present; SET present q",
                "PING; ECHO a; SET k v EX 0; SET k v WRONG; GET k",
                "DEL old; INCR old; DEL old; APPEND number 1; INCR number; DEL number; DBSIZE; KEYS *",
                "EXPIRE old 0; GET old; EXPIRE number 100; TTL number; EXPIRE number -1; EXISTS number; PERSIST old",
                "PERSIST expiring; TTL expiring; EXPIRE expiring 7; APPEND expiring x; TTL expiring; GETSET expiring y",
            })
    void repliesTheSameInATransaction(String commands) throws IOException {
        List<String> lines = Arrays.asList(commands.split("; ", -1));
        fill();
        StringBuilder replies = new StringBuilder("array " + lines.size());
        for (String line : lines) {
            replies.append(", ").append(session.run(line.strip()));
        }
        Set<String> contents = contents();
        fill();

        session.run("MULTI");
        for (String line : lines) {
            assertThat(session.run(line.strip())).isEqualTo("status QUEUED");
        }

        assertThat(session.run("EXEC")).isEqualTo(replies.toString());
        assertThat(contents()).isEqualTo(contents);
    }

    private void fill() throws IOException {
        session.run("FLUSHALL");
        session.run("SET old o EX 1000");
        session.run("SET number 5");
        session.run("SET expiring e EX 500");
    }

    /** Every key with its value and its time to live. */
    private Set<String> contents() throws IOException {
        Set<String> all = new TreeSet<>();
        for (String key : session.run("KEYS *").split(", ", -1)) {
            String name = key.replaceAll("value '(.*)'", "$1");
            all.add(key + " " + session.run("GET " + name) + " " + session.run("TTL " + name));
        }
        return all;
    }

    @Test
    void takesAnyBytes() throws IOException {
        byte[] key = new byte[256];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) i;
        }
        byte[] other = {0};

        StringCommands.SET.run(session, List.of(word("SET"), key, key));
        StringCommands.APPEND.run(session, List.of(word("APPEND"), key, key));
        StringCommands.GETRANGE.run(session, List.of(word("GETRANGE"), key, word("0"), word("0")));
        KeyCommands.RENAME.run(session, List.of(word("RENAME"), key, other));
        StringCommands.MSET.run(session, List.of(word("MSET"), key, other, new byte[0], key));
        KeyCommands.KEYS.run(session, List.of(word("KEYS"), new byte[] {'[', 0, ']'}));

        assertThat(session.recorded().take())
                .containsExactly("ok", "integer 512", "value '\0'", "ok", "ok", "array 1", "value '\0'");
        assertThat(poro.get(other)).startsWith(key).endsWith(key).hasSize(512);
        assertThat(poro.get(key)).isEqualTo(other);
        assertThat(poro.get(new byte[0])).isEqualTo(key);
    }

    private static byte[] word(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void leavesAValueThatIsNoNumberAsItIs() throws IOException {
        session.run("SET n 1x");

        for (String command : List.of("INCR n", "DECR n", "INCRBY n 2", "DECRBY n 2")) {
            assertThat(session.run(command)).isEqualTo(NO_INTEGER);
        }
        assertThat(session.run("GET n")).isEqualTo("value '1x'");
    }

    @Test
    void scansEveryKeyOnce() throws IOException {
        TreeSet<String> set = new TreeSet<>();
        for (int i = 0; i < 1000; i++) {
            session.run("SET key" + i + " " + i);
            set.add("value 'key" + i + "'");
        }
        TreeSet<String> seen = new TreeSet<>();
        String cursor = "0";
        do {
            List<String> replies =
                    List.of(session.run("SCAN " + cursor + " COUNT 20").split(", ", -1));
            cursor = replies.get(1).replaceAll("value '(.*)'", "$1");
            for (String key : replies.subList(3, replies.size())) {
                assertThat(seen.add(key)).as(key).isTrue();
            }
        } while (!cursor.equals("0"));

        assertThat(seen).isEqualTo(set);
        assertThat(session.run("KEYS key99?")).startsWith("array 10, ");
    }

    @Test
    void hidesWhatHasExpired() throws Exception {
        session.run("SET k v PX 1");
        session.run("SET other v");
        while (session.run("PTTL k").equals("integer 0")
                || session.run("PTTL k").equals("integer 1")) {
            Thread.sleep(1);
        }
        assertThat(session.run("GET k")).isEqualTo("value absent");
        assertThat(session.run("TTL k")).isEqualTo("integer -2");
        assertThat(session.run("KEYS *")).isEqualTo("array 1, value 'other'");
        assertThat(session.run("SETNX k w")).isEqualTo("integer 1");
    }
}
