dnl SPDX-License-Identifier: MIT
dnl deploy.m4 - where systemd and the web servers find our files. Without these
dnl options `make install` writes nothing outside of the prefix.

dnl PUSHCGI_DEPLOY_DIR(VARIABLE, OPTION, WHAT, ELSE): sets VARIABLE to the DIR of
dnl --with-OPTION=DIR, to "yes" for --with-OPTION, otherwise to ELSE.
AC_DEFUN([PUSHCGI_DEPLOY_DIR], [
AC_ARG_WITH([$2], [AS_HELP_STRING([--with-$2@<:@=DIR@:>@], [$3])],
  [$1=$withval], [$1=no])
AS_IF([test "$$1" = no], [$1='$4'])
AC_SUBST([$1])
])

AC_DEFUN([PUSHCGI_DEPLOY], [
PUSHCGI_DEPLOY_DIR([apachedir], [apache-confdir],
  [put the files for Apache where a2enconf finds them
   @<:@/etc/apache2/conf-available@:>@], [${pkgdatadir}/apache])
AS_IF([test "$apachedir" = yes], [apachedir=/etc/apache2/conf-available])

PUSHCGI_DEPLOY_DIR([lighttpddir], [lighttpd-confdir],
  [put the files for lighttpd where lighty-enable-mod finds them
   @<:@/etc/lighttpd/conf-available@:>@], [${pkgdatadir}/lighttpd])
AS_IF([test "$lighttpddir" = yes], [lighttpddir=/etc/lighttpd/conf-available])

dnl sysusers.d and tmpfiles.d are beside systemd/system in each place where
dnl systemd looks.
PUSHCGI_DEPLOY_DIR([unitdir], [systemdsystemunitdir],
  [put the units, sysusers.d and tmpfiles.d where systemd finds them
   @<:@what pkg-config says@:>@], [${pkgdatadir}/systemd])
pushcgi_lib=
AS_CASE([$unitdir],
  [yes], [
	PKG_CHECK_VAR([pushcgi_unitdir], [systemd], [systemdsystemunitdir], [],
	  [AC_MSG_ERROR([pkg-config has no systemd: give a DIR])])
	PKG_CHECK_VAR([sysusersdir], [systemd], [sysusersdir])
	PKG_CHECK_VAR([tmpfilesdir], [systemd], [tmpfilesdir])
	unitdir=$pushcgi_unitdir
	pushcgi_lib=pkg-config],
  [*/systemd/system], [
	pushcgi_lib=`AS_DIRNAME(["$unitdir"])`
	pushcgi_lib=`AS_DIRNAME(["$pushcgi_lib"])`
	sysusersdir=$pushcgi_lib/sysusers.d
	tmpfilesdir=$pushcgi_lib/tmpfiles.d],
  ['${pkgdatadir}/systemd'], [],
  [AC_MSG_ERROR([--with-systemdsystemunitdir=$unitdir must end in /systemd/system])])
AC_SUBST([sysusersdir])
AC_SUBST([tmpfilesdir])
AM_CONDITIONAL([SYSTEM_UNITS], [test -n "$pushcgi_lib"])
])
