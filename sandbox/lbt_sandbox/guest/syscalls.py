"""Which system calls a child may make, and their numbers on x86_64 and aarch64.

    >>> NUMBERS["x86_64"]["execve"]
    59

A call of `ALLOWED` passes, also one of `FOR_LOOPS` and `FOR_FILES` where a child may have those; one of `VIOLATIONS`
kills the process (the verdict SV); the calls that seccomp.py looks at more closely depend on their arguments; every
other call answers EPERM.
Source: asm/unistd_64.h and asm-generic/unistd.h of the Linux kernel.
"""

from __future__ import annotations

ALLOWED = frozenset(
    """
    read write readv writev close lseek pread64 preadv fstat stat lstat newfstatat statx access faccessat
    faccessat2 readlink readlinkat getdents64 getcwd mmap munmap mprotect mremap madvise brk rt_sigaction
    rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack clock_gettime clock_getres clock_nanosleep nanosleep
    gettimeofday time times getrusage getitimer setitimer alarm pause getpid gettid getppid getuid geteuid
    getgid getegid getpgrp getpgid getsid getgroups getresuid getresgid getrlimit futex exit exit_group
    restart_syscall sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
    sched_get_priority_min getcpu sysinfo uname getrandom poll ppoll select pselect6 dup dup2 dup3
    set_robust_list get_robust_list rseq membarrier statfs fstatfs umask chdir getpriority
    """.split()
)
"""What CPython needs to read files, manage its memory, tell the time and answer."""

FOR_LOOPS = frozenset(
    "epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 pipe pipe2 recvfrom getsockname getsockopt "
    "shutdown".split()
)
"""What event loops do besides, within the process."""

FOR_FILES = frozenset("unlink unlinkat mkdir mkdirat rmdir rename renameat ftruncate fsync fdatasync pwrite64".split())
"""What programs do with files of their own; Landlock decides which those are."""

VIOLATIONS = frozenset(
    """
    fork vfork execve execveat ptrace process_vm_readv process_vm_writev process_madvise kcmp tkill
    rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_getfd pidfd_send_signal socket connect bind
    io_uring_setup io_uring_enter io_uring_register io_setup unshare setns mount umount2 pivot_root chroot
    move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr bpf perf_event_open userfaultfd kexec_load
    kexec_file_load init_module finit_module delete_module keyctl add_key request_key memfd_create memfd_secret
    personality name_to_handle_at open_by_handle_at reboot swapon swapoff acct quotactl syslog setuid setgid
    setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset iopl ioperm modify_ldt seccomp
    landlock_create_ruleset landlock_add_rule landlock_restrict_self sethostname setdomainname settimeofday
    clock_settime clock_adjtime adjtimex lookup_dcookie nfsservctl vhangup
    """.split()
)
"""No honest solution of a programming exercise makes these."""


def _numbers(text: str) -> dict[str, int]:
    return {name: int(number) for name, _, number in (entry.partition("=") for entry in text.split())}


NUMBERS = {
    "x86_64": _numbers(
        """
    read=0 write=1 readv=19 writev=20 close=3 lseek=8 pread64=17 preadv=295 fstat=5 stat=4 lstat=6
    newfstatat=262 statx=332 access=21 faccessat=269 faccessat2=439 readlink=89 readlinkat=267 getdents64=217
    getcwd=79 mmap=9 munmap=11 mprotect=10 mremap=25 madvise=28 brk=12 rt_sigaction=13 rt_sigprocmask=14
    rt_sigreturn=15 rt_sigpending=127 sigaltstack=131 clock_gettime=228 clock_getres=229 clock_nanosleep=230
    nanosleep=35 gettimeofday=96 time=201 times=100 getrusage=98 getitimer=36 setitimer=38 alarm=37 pause=34
    getpid=39 gettid=186 getppid=110 getuid=102 geteuid=107 getgid=104 getegid=108 getpgrp=111 getpgid=121
    getsid=124 getgroups=115 getresuid=118 getresgid=120 getrlimit=97 futex=202 exit=60 exit_group=231
    restart_syscall=219 sched_yield=24 sched_getaffinity=204 sched_getparam=143 sched_getscheduler=145
    sched_get_priority_max=146 sched_get_priority_min=147 getcpu=309 sysinfo=99 uname=63 getrandom=318 poll=7
    ppoll=271 select=23 pselect6=270 dup=32 dup2=33 dup3=292 set_robust_list=273 get_robust_list=274 rseq=334
    membarrier=324 statfs=137 fstatfs=138 umask=95 chdir=80 getpriority=140 fork=57 vfork=58 execve=59
    execveat=322 ptrace=101 process_vm_readv=310 process_vm_writev=311 process_madvise=440 kcmp=312 tkill=200
    rt_sigqueueinfo=129 rt_tgsigqueueinfo=297 pidfd_open=434 pidfd_getfd=438 pidfd_send_signal=424 socket=41
    connect=42 bind=49 io_uring_setup=425 io_uring_enter=426 io_uring_register=427 io_setup=206 unshare=272
    setns=308 mount=165 umount2=166 pivot_root=155 chroot=161 move_mount=429 open_tree=428 fsopen=430
    fsconfig=431 fsmount=432 fspick=433 mount_setattr=442 bpf=321 perf_event_open=298 userfaultfd=323
    kexec_load=246 kexec_file_load=320 init_module=175 finit_module=313 delete_module=176 keyctl=250 add_key=248
    request_key=249 memfd_create=319 memfd_secret=447 personality=135 name_to_handle_at=303
    open_by_handle_at=304 reboot=169 swapon=167 swapoff=168 acct=163 quotactl=179 syslog=103 setuid=105
    setgid=106 setreuid=113 setregid=114 setresuid=117 setresgid=119 setfsuid=122 setfsgid=123 setgroups=116
    capset=126 iopl=172 ioperm=173 modify_ldt=154 seccomp=317 landlock_create_ruleset=444 landlock_add_rule=445
    landlock_restrict_self=446 sethostname=170 setdomainname=171 settimeofday=164 clock_settime=227
    clock_adjtime=305 adjtimex=159 lookup_dcookie=212 nfsservctl=180 vhangup=153 open=2 openat=257 openat2=437
    clone=56 clone3=435 kill=62 tgkill=234 prlimit64=302 ioctl=16 fcntl=72
    epoll_create=213 epoll_create1=291 epoll_ctl=233 epoll_wait=232 epoll_pwait=281 eventfd2=290 pipe=22 pipe2=293
    recvfrom=45 getsockname=51 getsockopt=55 shutdown=48 unlink=87 unlinkat=263 mkdir=83 mkdirat=258 rmdir=84
    rename=82 renameat=264 renameat2=316 ftruncate=77 fsync=74 fdatasync=75 pwrite64=18 socketpair=53 sendto=44
        """
    ),
    "aarch64": _numbers(
        """
    read=63 write=64 readv=65 writev=66 close=57 lseek=62 pread64=67 preadv=69 fstat=80 newfstatat=79 statx=291
    faccessat=48 faccessat2=439 readlinkat=78 getdents64=61 getcwd=17 mmap=222 munmap=215 mprotect=226
    mremap=216 madvise=233 brk=214 rt_sigaction=134 rt_sigprocmask=135 rt_sigreturn=139 rt_sigpending=136
    sigaltstack=132 clock_gettime=113 clock_getres=114 clock_nanosleep=115 nanosleep=101 gettimeofday=169
    times=153 getrusage=165 getitimer=102 setitimer=103 getpid=172 gettid=178 getppid=173 getuid=174 geteuid=175
    getgid=176 getegid=177 getpgid=155 getsid=156 getgroups=158 getresuid=148 getresgid=150 getrlimit=163
    futex=98 exit=93 exit_group=94 restart_syscall=128 sched_yield=124 sched_getaffinity=123 sched_getparam=121
    sched_getscheduler=120 sched_get_priority_max=125 sched_get_priority_min=126 getcpu=168 sysinfo=179
    uname=160 getrandom=278 ppoll=73 pselect6=72 dup=23 dup3=24 set_robust_list=99 get_robust_list=100 rseq=293
    membarrier=283 statfs=43 fstatfs=44 umask=166 chdir=49 getpriority=141 execve=221 execveat=281 ptrace=117
    process_vm_readv=270 process_vm_writev=271 process_madvise=440 kcmp=272 tkill=130 rt_sigqueueinfo=138
    rt_tgsigqueueinfo=240 pidfd_open=434 pidfd_getfd=438 pidfd_send_signal=424 socket=198 connect=203 bind=200
    io_uring_setup=425 io_uring_enter=426 io_uring_register=427 io_setup=0 unshare=97 setns=268 mount=40
    umount2=39 pivot_root=41 chroot=51 move_mount=429 open_tree=428 fsopen=430 fsconfig=431 fsmount=432
    fspick=433 mount_setattr=442 bpf=280 perf_event_open=241 userfaultfd=282 kexec_load=104 kexec_file_load=294
    init_module=105 finit_module=273 delete_module=106 keyctl=219 add_key=217 request_key=218 memfd_create=279
    memfd_secret=447 personality=92 name_to_handle_at=264 open_by_handle_at=265 reboot=142 swapon=224
    swapoff=225 acct=89 quotactl=60 syslog=116 setuid=146 setgid=144 setreuid=145 setregid=143 setresuid=147
    setresgid=149 setfsuid=151 setfsgid=152 setgroups=159 capset=91 seccomp=277 landlock_create_ruleset=444
    landlock_add_rule=445 landlock_restrict_self=446 sethostname=161 setdomainname=162 settimeofday=170
    clock_settime=112 clock_adjtime=266 adjtimex=171 lookup_dcookie=18 nfsservctl=42 vhangup=58 openat=56
    openat2=437 clone=220 clone3=435 kill=129 tgkill=131 prlimit64=261 ioctl=29 fcntl=25
    epoll_create1=20 epoll_ctl=21 epoll_pwait=22 eventfd2=19 pipe2=59 recvfrom=207 getsockname=204 getsockopt=209
    shutdown=210 unlinkat=35 mkdirat=34 renameat=38 renameat2=276 ftruncate=46 fsync=82 fdatasync=83 pwrite64=68
    socketpair=199 sendto=206
        """
    ),
}
"""Machine, as `os.uname()` names it, to the numbers of every call named above that it has."""
