/* core/openapi.h - the routes and shapes as an OpenAPI 3.1 document.
 *
 * Written from the same tables that serve, so it describes exactly the routes that exist.
 */
#ifndef CORE_OPENAPI_H
#define CORE_OPENAPI_H

#include "core/http.h"

void openapi_write(struct writer *, const struct http_routes *const *tables, size_t count);

#endif
