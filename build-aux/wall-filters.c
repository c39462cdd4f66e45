/* SPDX-License-Identifier: MIT */
/*
 * wall-filters.c - prints shared/base/wall_filters.c: the filters of system
 * calls as programs for the kernel, for the processor it is compiled for.
 *
 * libseccomp makes them at compile time, so that no process needs its memory
 * and its time: a plain CGI program does so for each request.
 *
 * Source: seccomp(2), seccomp_rule_add(3), seccomp_export_bpf(3)
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "shared/base/wall_filters.h"

/* --- the calls ------------------------------------------------------------ */

/* What the program, libev, hiredis, OpenSSL, the dynamic loader, name
 * resolution and glibc 2.36 to 2.41 use, and relatives of these, each in its
 * old and its new form. */
static const char *const allowed[] = {
    /* descriptors */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
    "pwritev", "preadv2", "pwritev2", "lseek", "sendfile", "close",
    "close_range", "dup", "dup2", "dup3", "fcntl", "pipe", "pipe2", "ioctl",
    /* waiting */
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "eventfd",
    "eventfd2", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    "signalfd", "signalfd4",
    /* files, which Landlock limits */
    "open", "openat", "openat2", "creat", "stat", "fstat", "lstat",
    "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
    "readlinkat", "getdents", "getdents64", "getcwd", "statfs", "fstatfs",
    "truncate", "ftruncate", "fallocate", "fadvise64", "fsync", "fdatasync",
    "flock", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir",
    "mkdirat", "rmdir", "umask",
    /* memory */
    "brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "msync",
    "mincore", "membarrier", "memfd_create",
    /* threads, and the start of a program */
    "futex", "futex_waitv", "get_robust_list", "set_robust_list", "rseq",
    "set_tid_address", "sched_yield", "sched_getaffinity", "arch_prctl",
    "prctl", "seccomp", "getcpu", "exit", "exit_group", "wait4", "waitid",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
    "rt_sigpending", "rt_sigsuspend", "sigaltstack", "restart_syscall", "pause",
    /* time */
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "times", "alarm", "getitimer", "setitimer",
    /* who and where it is */
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid",
    "getgroups", "getresuid", "getresgid", "getpgrp", "getsid", "uname",
    "sysinfo", "getrlimit", "setrlimit", "getrusage", "getrandom", "capget",
    /* sockets */
    "connect", "bind", "accept", "accept4", "shutdown", "socketpair",
    "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto",
    "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg"};

/* What nobody may do. A call in neither list fails as if the kernel did not
 * have it. */
static const char *const denied[] = {
    /* other programs */
    "execveat", "fork", "vfork", "pidfd_open", "pidfd_getfd",
    "pidfd_send_signal", "process_vm_readv", "process_vm_writev",
    "process_madvise", "process_mrelease", "kcmp", "tkill", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "setpgid", "setsid", "setpriority",
    "sched_setscheduler", "sched_setattr", "sched_setparam",
    /* mounts and namespaces */
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "fsopen",
    "fsconfig", "fsmount", "fspick", "open_tree", "mount_setattr", "unshare",
    "setns", "swapon", "swapoff", "quotactl", "quotactl_fd",
    /* the kernel */
    "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "reboot", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "iopl", "ioperm",
    "modify_ldt", "syslog", "acct", "personality", "add_key", "request_key",
    "keyctl", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
    "sethostname", "setdomainname", "vhangup", "memfd_secret",
    /* who it is, and whose files are */
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
    "setgroups", "setfsuid", "setfsgid", "capset", "chmod", "fchmod",
    "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "link",
    "linkat", "symlink", "symlinkat", "mknod", "mknodat", "setxattr",
    "lsetxattr", "fsetxattr", "name_to_handle_at", "open_by_handle_at",
    "fanotify_init",
    /* the socket that it accepts from is open */
    "listen"};

/* --- rules ---------------------------------------------------------------- */

/* A call that the library or the processor does not know needs no rule. */
static bool
add(scmp_filter_ctx filter, uint32_t action, const char *name)
{
	int call = seccomp_syscall_resolve_name(name);

	return call == __NR_SCMP_ERROR ||
	       seccomp_rule_add(filter, action, call, 0) == 0;
}

static bool
add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!add(filter, action, names[i]))
			return false;
	return true;
}

/* With one argument compared. */
static bool
add_if(scmp_filter_ctx filter, uint32_t action, int call,
       struct scmp_arg_cmp argument)
{
	return seccomp_rule_add(filter, action, call, 1, argument) == 0;
}

static bool
deny_all(scmp_filter_ctx f, bool executes)
{
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	const uint64_t low = UINT32_MAX;

	return add_all(f, no, denied, sizeof(denied) / sizeof(denied[0])) &&
	       (executes || add(f, no, "execve")) &&
	       (WALL_FILTER_SANITIZED ||
		(add(f, no, "ptrace") &&
		 add_if(f, no, SCMP_SYS(clone),
			SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)))) &&
	       add_if(f, no, SCMP_SYS(kill), SCMP_A1(SCMP_CMP_NE, 0, 0)) &&
	       /* types into a terminal */
	       add_if(f, no, SCMP_SYS(ioctl),
		      SCMP_A1(SCMP_CMP_MASKED_EQ, low, TIOCSTI)) &&
	       add_if(f, no, SCMP_SYS(ioctl),
		      SCMP_A1(SCMP_CMP_MASKED_EQ, low, TIOCLINUX));
}

static bool
allow_sockets(scmp_filter_ctx f)
{
	static const unsigned int families[] = {AF_UNIX, AF_INET, AF_INET6};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!add_if(f, SCMP_ACT_ALLOW, SCMP_SYS(socket),
			    SCMP_A0(SCMP_CMP_EQ, families[i], 0)))
			return false;
	/* getaddrinfo() asks which addresses the machine has */
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0),
				SCMP_A2(SCMP_CMP_EQ, NETLINK_ROUTE, 0)) == 0;
}

static bool
allow_some(scmp_filter_ctx f, bool executes)
{
	const uint32_t yes = SCMP_ACT_ALLOW;

	if (WALL_FILTER_SANITIZED &&
	    (!add(f, yes, "clone") || !add(f, yes, "ptrace")))
		return false;
	return add_all(f, yes, allowed, sizeof(allowed) / sizeof(allowed[0])) &&
	       allow_sockets(f) && (!executes || add(f, yes, "execve")) &&
	       (WALL_FILTER_SANITIZED ||
		add_if(
		    f, yes, SCMP_SYS(clone),
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD))) &&
	       add_if(f, yes, SCMP_SYS(tgkill),
		      SCMP_A0(SCMP_CMP_EQ, WALL_FILTER_PID, 0)) &&
	       add_if(f, yes, SCMP_SYS(kill), SCMP_A1(SCMP_CMP_EQ, 0, 0)) &&
	       add_if(f, yes, SCMP_SYS(prlimit64),
		      SCMP_A0(SCMP_CMP_EQ, 0, 0)) &&
	       add_if(f, yes, SCMP_SYS(getpgid),
		      SCMP_A0(SCMP_CMP_NE, WALL_FILTER_ASKED, 0)) &&
	       add_if(f, SCMP_ACT_ERRNO(WALL_FILTER_MARKS), SCMP_SYS(getpgid),
		      SCMP_A0(SCMP_CMP_EQ, WALL_FILTER_ASKED, 0));
}

/* --- the output ----------------------------------------------------------- */

static bool
print(scmp_filter_ctx filter, const char *name)
{
	FILE *file = tmpfile();
	struct sock_filter i;

	if (file == NULL || seccomp_export_bpf(filter, fileno(file)) != 0)
		return false;
	rewind(file);
	printf("\nstatic const struct sock_filter %s[] = {\n", name);
	while (fread(&i, sizeof(i), 1, file) == 1)
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", i.code, i.jt, i.jf,
		       i.k);
	printf("};\n");
	fclose(file);
	return true;
}

/* As a tree of comparisons. When a filter is set, the kernel runs it once for
 * each system call that there is, and a process of plain CGI waits for that. */
static bool
make_tree(scmp_filter_ctx filter)
{
	enum { TREE = 2 };

	return filter != NULL &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, TREE) == 0;
}

static bool
print_deny(const char *name, bool executes)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	bool done = make_tree(f) && deny_all(f, executes) && print(f, name);

	seccomp_release(f);
	return done;
}

static bool
print_allow(const char *name, bool executes)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	bool done = make_tree(f) && allow_some(f, executes) && print(f, name);

	seccomp_release(f);
	return done;
}

int
main(void)
{
	printf("/* Made by build-aux/wall-filters.c. */\n"
	       "#include \"config.h\"\n\n"
	       "#include \"shared/base/wall_filters.h\"\n");
	if (!print_deny("deny", false) || !print_deny("deny_execs", true) ||
	    !print_allow("allow", false) || !print_allow("allow_execs", true))
		return EXIT_FAILURE;
	printf(
	    "\n#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))\n"
	    "\nconst struct wall_filter wall_filters_deny[2] = {\n"
	    "    {deny, LENGTH(deny)}, {deny_execs, LENGTH(deny_execs)}};\n"
	    "const struct wall_filter wall_filters_allow[2] = {\n"
	    "    {allow, LENGTH(allow)}, {allow_execs, LENGTH(allow_execs)}};"
	    "\n");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
