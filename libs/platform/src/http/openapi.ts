import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Settings } from '../settings/settings.js';

export function describeApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Orderstream')
    .setDescription('Orders with Kafka as the event store, and webhooks that arrive in order.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key.' })
    .addSecurityRequirements('bearer');
  return SwaggerModule.createDocument(app, builder.build());
}

/** The page at `/docs`, the document at `/openapi.json`. */
export function serveOpenApi(app: INestApplication, settings: Settings): void {
  const url = settings.http.publicUrl;
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Orderstream API',
    ...(url && { swaggerOptions: { url: `${url}/openapi.json` } }),
  });
}
