# What the programs of perf/bin have in common: they read this file, and it starts their main class.
#
#   JAVA_HOME   the Java to run, 17 or later; if unset, the java on the PATH
#   PORO_OPTS   more options for the JVM, and for those that it measures, separated by blanks
#
# The caller sets "program", its own path after all symbolic links, and "modules" if the jar is not all that it needs,
# but also the class paths of these. All that is made lies in the target directories of the modules.

fail() {
    printf '%s: %s\n' "${program##*/}" "$1" >&2
    exit 1
}

modules=${modules:-}
perf=$(cd -P "${program%/*}/.." && pwd)
project=${perf%/*}
target=$perf/target
jar=$target/benchmarks.jar
building=$target/perf.building

find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
        [ -x "$java" ] || fail "JAVA_HOME is $JAVA_HOME, and there is no bin/java in it"
    else
        java=$(command -v java) ||
            fail 'needs Java 17 or later, and there is no java on the PATH: install it, or set JAVA_HOME'
    fi
}

# The jar is there and what the modules yield too, no source is newer, and no build is under way or was cut short.
is_built() {
    [ -f "$jar" ] && [ ! -e "$building" ] && for module in $modules; do
        [ -f "$project/$module/target/classpath" ] || return 1
    done &&
        [ -z "$(cd "$project" && find pom.xml poro-*/pom.xml poro-*/src/main perf/pom.xml perf/src/main \
            perf/peers/pom.xml perf/peers/*/pom.xml perf/peers/*/src/main -newer "$jar" 2>/dev/null | head -n 1)" ]
}

build() {
    if is_built; then
        return # by the program that had the lock before us
    fi
    command -v mvn >/dev/null 2>&1 || fail 'must be built, but there is no mvn on the PATH: install Maven'
    printf '%s: building ...\n' "${program##*/}" >&2
    : >"$building"
    rm -f "$jar" # not overwritten: who runs the old one keeps it
    wanted=$(echo ${modules:-perf} | tr ' ' ,)
    if ! (cd "$project" && mvn -q -Dquick -Ppeers -pl "$wanted" -am package) </dev/null >"$target/perf-build.log" 2>&1; then
        cat "$target/perf-build.log" >&2
        fail 'the build failed'
    fi
    rm -f "$building"
}

# Builds what is missing or out of date, while no other program does. Where there is no flock (macOS), two first starts
# must not happen at once.
build_if_needed() {
    if is_built; then
        return
    fi
    mkdir -p "$target" 2>/dev/null && [ -w "$target" ] || fail "must be built, but cannot write to $target"
    if command -v flock >/dev/null 2>&1; then
        (
            flock 9
            build 9>&-
        ) 9>"$target/perf.lock" || exit
    else
        build
    fi
}

# run_class CLASS ARGUMENTS: becomes that program. The options keep JDK 24 and later from warning.
run_class() {
    [ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LC_CTYPE=C.UTF-8
    # Huge pages for what lies outside the heap, for whoever is measured; every JVM that is started inherits it.
    export GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}"
    set -f # PORO_OPTS is split at blanks, and that is all
    # shellcheck disable=SC2086
    exec "$java" -XX:+IgnoreUnrecognizedVMOptions --sun-misc-unsafe-memory-access=allow \
        --enable-native-access=ALL-UNNAMED ${PORO_OPTS:-} -cp "$jar" "$@"
}
