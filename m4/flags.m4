dnl SPDX-License-Identifier: MIT
dnl flags.m4 - what the compiler is asked for beyond what the user asked.
dnl Each flag is tried together with the user's and left out when the compiler
dnl does not know it or warns: -D_FORTIFY_SOURCE goes by itself under -O0.

dnl PUSHCGI_FLAGS(VARIABLE, FLAGS): appends those that compile and link.
AC_DEFUN([PUSHCGI_FLAGS], [
for pushcgi_flag in $2; do
	AC_MSG_CHECKING([whether $CC takes $pushcgi_flag])
	pushcgi_cflags=$CFLAGS
	CFLAGS="$CFLAGS $SAN_CFLAGS -Werror $pushcgi_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
	    [[char here[8]; memset(here, 0, sizeof(here));
	      return here[0];]])],
	  [AS_VAR_APPEND([$1], [" $pushcgi_flag"])
	   AC_MSG_RESULT([yes])],
	  [AC_MSG_RESULT([no])])
	CFLAGS=$pushcgi_cflags
done
])

dnl PUSHCGI_LIBRARY(NAME, HEADER, FUNCTION, LIBRARY): one without a .pc file.
dnl Sets NAME_LIBS, or ends configure.
AC_DEFUN([PUSHCGI_LIBRARY], [
AC_CHECK_HEADER([$2], [], [AC_MSG_ERROR([$2 of lib$4 is missing])])
pushcgi_libs=$LIBS
LIBS=
AC_SEARCH_LIBS([$3], [$4], [], [AC_MSG_ERROR([lib$4 is missing])])
AC_SUBST([$1_LIBS], [$LIBS])
LIBS=$pushcgi_libs
])

dnl PUSHCGI_SONAME(MACRO, LIBRARY): defines MACRO as the name by which programs
dnl load the LIBRARY of pkg-config, such as "libjwt.so.0".
AC_DEFUN([PUSHCGI_SONAME], [
AC_MSG_CHECKING([by which name $2 is loaded])
pushcgi_file=`$PKG_CONFIG --variable=libdir $2`/$2.so
pushcgi_file=`readlink -f "$pushcgi_file"`
pushcgi_soname=`expr "X$pushcgi_file" : ['X.*/\($2\.so\.[0-9]*\)']`
AS_IF([test -z "$pushcgi_soname"],
  [AC_MSG_ERROR([no version in the name of $pushcgi_file])])
AC_MSG_RESULT([$pushcgi_soname])
AC_DEFINE_UNQUOTED([$1], ["$pushcgi_soname"], [The name of $2 for dlopen().])
])

AC_DEFUN([PUSHCGI_WARNINGS], [
AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [a warning stops the build])],
  [], [enable_werror=no])
PUSHCGI_FLAGS([WARN_CFLAGS], [m4_normalize([
	-Wall -Wextra -Wno-format-zero-length -Wshadow
	-Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wmissing-variable-declarations
	-Wredundant-decls -Wnested-externs -Wvla -Wformat=2 -Wundef
	-Wwrite-strings -Wpointer-arith -Wcast-align -Wcast-qual
	-Wimplicit-fallthrough -Wnull-dereference -Wlogical-op
	-Wduplicated-cond -Wduplicated-branches -Walloca
	-Wdouble-promotion])])
AS_IF([test "$enable_werror" = yes], [AS_VAR_APPEND([WARN_CFLAGS], [" -Werror"])])
AC_SUBST([WARN_CFLAGS])
])

AC_DEFUN([PUSHCGI_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
  [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
    [stop at the first error they see @<:@address,undefined@:>@])],
  [], [enable_sanitizers=no])
AS_CASE([$enable_sanitizers,$enable_fuzzers],
  [yes,*|no,yes], [enable_sanitizers=address,undefined])
AS_IF([test "$enable_sanitizers" != no], [
	SAN_CFLAGS="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer"
	SAN_CFLAGS="$SAN_CFLAGS -fno-sanitize-recover=all"
	AC_MSG_CHECKING([whether $CC takes $SAN_CFLAGS])
	pushcgi_cflags=$CFLAGS
	CFLAGS="$CFLAGS $SAN_CFLAGS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM], [AC_MSG_RESULT([yes])],
	  [AC_MSG_ERROR([$CC cannot build with these sanitizers])])
	CFLAGS=$pushcgi_cflags
])
AC_SUBST([SAN_CFLAGS])
])

dnl libFuzzer comes with clang. It needs the whole program instrumented.
AC_DEFUN([PUSHCGI_FUZZERS], [
AC_ARG_ENABLE([fuzzers],
  [AS_HELP_STRING([--enable-fuzzers],
    [build tests/fuzz with libFuzzer (needs CC=clang)])],
  [], [enable_fuzzers=no])
AM_CONDITIONAL([FUZZERS], [test "$enable_fuzzers" = yes])
AS_IF([test "$enable_fuzzers" = yes], [
	FUZZ_CFLAGS=-fsanitize=fuzzer-no-link
	FUZZ_LDFLAGS=-fsanitize=fuzzer
	AC_MSG_CHECKING([whether $CC has libFuzzer])
	pushcgi_cflags=$CFLAGS
	CFLAGS="$CFLAGS $SAN_CFLAGS $FUZZ_LDFLAGS"
	AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{ return bytes == NULL && len > 0; }]])],
	  [AC_MSG_RESULT([yes])],
	  [AC_MSG_ERROR([$CC cannot build fuzzers; try CC=clang])])
	CFLAGS=$pushcgi_cflags
])
AC_SUBST([FUZZ_CFLAGS])
AC_SUBST([FUZZ_LDFLAGS])
])

AC_DEFUN([PUSHCGI_COVERAGE], [
AC_ARG_ENABLE([coverage],
  [AS_HELP_STRING([--enable-coverage], [count lines run, for `make coverage'])],
  [], [enable_coverage=no])
AS_IF([test "$enable_coverage" = yes],
  [PUSHCGI_FLAGS([COV_CFLAGS], [--coverage])
   AS_IF([test -z "$COV_CFLAGS"],
     [AC_MSG_ERROR([$CC cannot count lines])])
   AC_DEFINE_UNQUOTED([COVERAGE_FOLDER], ["`pwd`"],
     [Where programs count their lines, if they do.])])
AM_CONDITIONAL([COVERAGE], [test "$enable_coverage" = yes])
AC_SUBST([COV_CFLAGS])
])

dnl Not together with sanitizers: they want to see the plain calls.
AC_DEFUN([PUSHCGI_HARDENING], [
AS_IF([test "$enable_sanitizers" = no], [
	PUSHCGI_FLAGS([HARDEN_CFLAGS], [m4_normalize([
		-D_FORTIFY_SOURCE=2 -fstack-protector-strong
		-fstack-clash-protection -fcf-protection])])
	PUSHCGI_FLAGS([HARDEN_LDFLAGS], [m4_normalize([
		-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])])
])
AC_MSG_CHECKING([whether $CC makes position-independent programs])
pushcgi_cflags=$CFLAGS
CFLAGS="$CFLAGS -Werror -fPIE -pie"
AC_LINK_IFELSE([AC_LANG_PROGRAM],
  [AS_VAR_APPEND([HARDEN_CFLAGS], [" -fPIE"])
   AS_VAR_APPEND([HARDEN_LDFLAGS], [" -pie"])
   AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])])
CFLAGS=$pushcgi_cflags
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])

dnl Redirects allocations of unit tests to tests/unit/allocations.c.
AC_DEFUN([PUSHCGI_COUNT_ALLOCATIONS], [
AC_SUBST([ALLOCATIONS_LDFLAGS], [m4_normalize(["
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
	-Wl,--wrap=reallocarray
	-Wl,--wrap=strdup -Wl,--wrap=free"])])
])

AC_DEFUN([PUSHCGI_E2E], [
AC_ARG_ENABLE([e2e],
  [AS_HELP_STRING([--disable-e2e],
    [`make check' without the tests through real servers])],
  [], [enable_e2e=yes])
AM_CONDITIONAL([E2E], [test "$enable_e2e" = yes])
])
