/* SPDX-License-Identifier: MIT */
/*
 * front_delivery.h - do messages arrive, and at once.
 *
 * A response is open on each technique that holds one while messages are
 * published. What does not arrive within two seconds, on a new response either,
 * is kept back on its way: then as much is published as buffers usually take,
 * to see whether it comes when one is full.
 */
#ifndef COMMANDS_DOCTOR_FRONT_DELIVERY_H
#define COMMANDS_DOCTOR_FRONT_DELIVERY_H

#include "commands/doctor/front.h"

void front_delivery(struct front *f);

#endif
