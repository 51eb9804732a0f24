package io.gantry.linux.spec;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The process that a container or an exec runs.
 *
 * @param terminal whether it gets a pseudo terminal
 * @param consoleSize of that from its first moment on; null: told later, or never
 * @param user ids, resolved: no names
 * @param args argv; the first is looked up in PATH of {@code env} when it has no slash
 * @param env as NAME=value
 * @param cwd absolute working directory inside the root
 * @param capabilities the five sets
 * @param rlimits resource limits
 * @param noNewPrivileges prctl PR_SET_NO_NEW_PRIVS
 * @param oomScoreAdj −1000 to 1000; null: leave
 * @param apparmorProfile LSM profile; empty: none
 * @param selinuxLabel LSM label; empty: none
 */
public record Process(
        boolean terminal,
        @Nullable ConsoleSize consoleSize,
        User user,
        List<String> args,
        List<String> env,
        String cwd,
        Capabilities capabilities,
        List<Rlimit> rlimits,
        boolean noNewPrivileges,
        @Nullable Integer oomScoreAdj,
        String apparmorProfile,
        String selinuxLabel) {

    public Process {
        args = List.copyOf(args);
        env = List.copyOf(env);
        rlimits = List.copyOf(rlimits);
    }

    /** One whose terminal, if it has one, has no size at first. */
    public Process(
            boolean terminal,
            User user,
            List<String> args,
            List<String> env,
            String cwd,
            Capabilities capabilities,
            List<Rlimit> rlimits,
            boolean noNewPrivileges,
            @Nullable Integer oomScoreAdj,
            String apparmorProfile,
            String selinuxLabel) {
        this(
                terminal,
                null,
                user,
                args,
                env,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                oomScoreAdj,
                apparmorProfile,
                selinuxLabel);
    }

    /** The same, more or less ready to be killed for want of memory. */
    public Process with(Integer otherOomScoreAdj) {
        return new Process(
                terminal,
                consoleSize,
                user,
                args,
                env,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                otherOomScoreAdj,
                apparmorProfile,
                selinuxLabel);
    }

    /** The same with an SELinux label. */
    public Process labelled(String label) {
        return new Process(
                terminal,
                consoleSize,
                user,
                args,
                env,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                oomScoreAdj,
                apparmorProfile,
                label);
    }

    /** The same with a terminal, if it has one, of that size. */
    public Process with(ConsoleSize other) {
        return new Process(
                terminal,
                other,
                user,
                args,
                env,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                oomScoreAdj,
                apparmorProfile,
                selinuxLabel);
    }

    /** The same with other capabilities. */
    public Process with(Capabilities others) {
        return new Process(
                terminal,
                consoleSize,
                user,
                args,
                env,
                cwd,
                others,
                rlimits,
                noNewPrivileges,
                oomScoreAdj,
                apparmorProfile,
                selinuxLabel);
    }

    /**
     * Ids of a process.
     *
     * @param umask 0 to 0777
     */
    public record User(int uid, int gid, List<Integer> additionalGids, int umask) {
        public User {
            additionalGids = List.copyOf(additionalGids);
        }
    }

    /** Capability sets by names as CAP_NET_RAW (capabilities(7)). */
    public record Capabilities(
            List<String> bounding,
            List<String> effective,
            List<String> inheritable,
            List<String> permitted,
            List<String> ambient) {
        public Capabilities {
            bounding = List.copyOf(bounding);
            effective = List.copyOf(effective);
            inheritable = List.copyOf(inheritable);
            permitted = List.copyOf(permitted);
            ambient = List.copyOf(ambient);
        }

        /** Of these only some, as those that there are on a machine. */
        public Capabilities among(Set<String> some) {
            return new Capabilities(
                    among(bounding, some),
                    among(effective, some),
                    among(inheritable, some),
                    among(permitted, some),
                    among(ambient, some));
        }

        private static List<String> among(List<String> names, Set<String> some) {
            return names.stream().filter(some::contains).toList();
        }
    }

    /**
     * A resource limit (getrlimit(2)).
     *
     * @param type as RLIMIT_NOFILE
     * @param soft −1 is no limit
     * @param hard −1 is no limit
     */
    public record Rlimit(String type, long soft, long hard) {}
}
