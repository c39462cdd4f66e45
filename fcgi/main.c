/* SPDX-License-Identifier: MIT */
/*
 * main.c - the program of a technique. It is compiled once a program, with
 * TECHNIQUE set to technique_sse and so on (fcgi.am).
 */
#include "config.h"

#include "fcgi/techniques.h"
#include "shared/app/serve.h"

int
main(int argc, char **argv)
{
	return serve_main(&TECHNIQUE, argc, argv);
}
