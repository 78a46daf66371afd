package dev.poro.cli;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What to say to commands that Redis has and Poro has not. */
final class RedisCommands {
    private static final Map<String, String> ADVICE = new HashMap<>();

    static {
        add(
                "no lists; a value can hold one, and APPEND adds to it",
                "LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LRANGE LLEN LINDEX LSET LINSERT LREM LTRIM LPOS LMOVE LMPOP BLPOP"
                        + " BRPOP BLMOVE BLMPOP RPOPLPUSH BRPOPLPUSH");
        add(
                "no hashes; use a key for each field, as in SET user:1:name, and MSET, MGET, KEYS user:1:*",
                "HSET HGET HDEL HGETALL HMGET HMSET HKEYS HVALS HLEN HEXISTS HINCRBY HINCRBYFLOAT HSETNX HSTRLEN HSCAN"
                        + " HRANDFIELD");
        add(
                "no sets; use a key for each member, as in SET online:bob 1, and EXISTS, KEYS online:*",
                "SADD SREM SMEMBERS SISMEMBER SMISMEMBER SCARD SPOP SRANDMEMBER SMOVE SUNION SINTER SDIFF SUNIONSTORE"
                        + " SINTERSTORE SDIFFSTORE SINTERCARD SSCAN");
        add(
                "no sorted sets",
                "ZADD ZREM ZRANGE ZRANGEBYSCORE ZREVRANGE ZREVRANGEBYSCORE ZRANGEBYLEX ZRANGESTORE ZCARD ZCOUNT ZSCORE"
                        + " ZMSCORE ZINCRBY ZRANK ZREVRANK ZPOPMIN ZPOPMAX BZPOPMIN BZPOPMAX ZUNION ZINTER ZDIFF"
                        + " ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ZREMRANGEBYRANK ZREMRANGEBYSCORE ZLEXCOUNT ZSCAN");
        add(
                "no streams; 'poro dump' shows the log of all changes",
                "XADD XREAD XREADGROUP XRANGE XREVRANGE XLEN XDEL XTRIM XACK XGROUP XINFO XPENDING XCLAIM XAUTOCLAIM");
        add("of bits GETBIT, SETBIT and BITCOUNT", "BITPOS BITOP BITFIELD BITFIELD_RO");
        add("no HyperLogLog", "PFADD PFCOUNT PFMERGE");
        add(
                "no positions on a map",
                "GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUSBYMEMBER GEOSEARCH GEOSEARCHSTORE");
        add("no sorting of lists and sets", "SORT SORT_RO");
        addOther(
                "publish and subscribe need a server: 'poro serve', and 'poro connect'",
                "SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE PUBLISH PUBSUB SSUBSCRIBE SUNSUBSCRIBE SPUBLISH");
        addOther(
                "Poro runs no scripts; MULTI, WATCH and EXEC make one step of several commands",
                "EVAL EVALSHA EVAL_RO EVALSHA_RO SCRIPT FCALL FCALL_RO FUNCTION");
        addOther("a store is one database; 'poro --wal PATH' opens another one", "SELECT MOVE SWAPDB");
        addOther(
                "the prompt is on the store itself: there is no connection",
                "AUTH HELLO CLIENT RESET ACL READONLY READWRITE");
        addOther(
                "the prompt has no replicas and no cluster",
                "REPLICAOF SLAVEOF ROLE SYNC PSYNC REPLCONF FAILOVER CLUSTER ASKING MIGRATE");
        addOther("the settings are options of the program: 'poro --help' lists them", "CONFIG MODULE");
        addOther("INFO shows the state of the store", "LATENCY SLOWLOG MONITOR DEBUG LOLWUT");
        addOther("HELP lists the commands, HELP NAME shows one", "COMMAND");
        addOther("every change is in the log already", "BGREWRITEAOF");
        addOther("'poro export' and 'poro import' move keys", "RESTORE");
    }

    private RedisCommands() {}

    private static void add(String lack, String names) {
        addOther("Poro has strings only, " + lack, names);
    }

    private static void addOther(String advice, String names) {
        Arrays.stream(names.split(" ", -1)).forEach(name -> ADVICE.put(name, advice));
    }

    /**
     * What to use in place of a command of Redis.
     *
     * @param name in upper case
     * @return {@code null} if it is none, or Poro has it
     */
    static String adviceOn(String name) {
        return ADVICE.get(name);
    }
}
